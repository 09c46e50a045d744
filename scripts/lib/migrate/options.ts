import { type Command, InvalidArgumentError, Option } from "commander";

/** What a person may say about a migration, as commander hands it over. */
export interface MigrateFlags {
  sqlite?: string;
  target?: string;
  mapping?: string;
  plan?: string;
  naming?: "keep" | "snake";
  existingSchema: boolean;
  schemaDir?: string;
  prisma?: string;
  workers?: number;
  strict: boolean;
  restart: boolean;
  discardTarget: boolean;
  waiveUntranslated: boolean;
}

/** What holds where a person says nothing. */
export const migrateDefaults: MigrateFlags = {
  existingSchema: false,
  strict: false,
  restart: false,
  discardTarget: false,
  waiveUntranslated: false,
};

/** The options that `migrate` and its single steps share, each described once. */
export function migrateOptions(command: Command): Command {
  return migrateChoices(sourceOption(targetOption(command), "required"));
}

export function sourceOption(command: Command, need: "required" | "optional"): Command {
  const what = "the SQLite file to move; it is only read, and may be in use";
  return need === "required"
    ? command.requiredOption("--sqlite <file>", what)
    : command.option("--sqlite <file>", `${what}; an example's unless given`);
}

/** How to move it. */
export function migrateChoices(command: Command): Command {
  return command
    .option("--mapping <file>", "YAML that decides on types, names and waivers; see docs/mapping.md")
    .option("--plan <file>", "go by this plan, written by `plan` and edited, instead of making one")
    .addOption(
      new Option(
        "--naming <how>",
        "names in PostgreSQL: as they are (unless the mapping says otherwise), or in snake_case",
      ).choices(["keep", "snake"]),
    )
    .option("--schema-dir <folder>", "the application's own schema first, from its NNN_name.sql files; then as below")
    .option("--prisma <folder>", "the same from the migrations of an application that brings Prisma")
    .option("--existing-schema", "load into the tables that are there already (deploy-schema made them)", false)
    .option("--workers <n>", "tables or ranges that are copied at once; chosen by the machine unless set", wholeNumber)
    .option("--strict", "stop at the first value that the target cannot hold, instead of setting its row aside", false)
    .option("--restart", "forget an earlier run into this target: drop what it made, and begin anew", false)
    .option("--discard-target", "with --restart: also where the target may have been written to since", false)
    .option("--waive-untranslated", "leave behind, by name, every object that could not be translated", false);
}

export function targetOption(command: Command): Command {
  return command.option(
    "--target <url>",
    "a postgresql:// URL to go to instead of the stack's database; its password may come from PGPASSWORD",
  );
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 64) {
    throw new InvalidArgumentError("must be a whole number from 1 to 64");
  }
  return number;
}

/** Whether the rows go into tables that the application's own schema made. */
export const takesExisting = ({ existingSchema, schemaDir, prisma }: MigrateFlags): boolean =>
  existingSchema || schemaDir !== undefined || prisma !== undefined;
