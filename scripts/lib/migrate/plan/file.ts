import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Document, isMap, isSeq, type YAMLMap } from "yaml";
import { z } from "zod";
import { LandfallError, messageOf } from "../../cli/errors.ts";
import { counted } from "../../cli/table.ts";
import type { Plan } from "../model/plan.ts";
import { conversionSchema, parseYaml } from "./mapping.ts";

const planSchema = z.strictObject({
  version: z.literal(1),
  schemaDigest: z.string(),
  naming: z.enum(["keep", "snake"]),
  schema: z.string(),
  localtime: z.string().optional(),
  extensions: z.array(z.string()),
  existing: z.literal(true).optional(),
  tables: z.array(
    z.strictObject({
      source: z.string(),
      target: z.string(),
      comment: z.string().nullable(),
      columns: z.array(
        z.strictObject({
          source: z.string(),
          target: z.string(),
          type: z.string(),
          convert: conversionSchema,
          notNull: z.boolean(),
          default: z.string().nullable(),
          generated: z.string().nullable(),
          identity: z.boolean(),
          collation: z.string().nullable(),
          reason: z.string(),
        }),
      ),
      constraints: z.array(
        z.strictObject({
          name: z.string(),
          kind: z.enum(["primary", "unique", "foreign", "check"]),
          sql: z.string(),
          validate: z.boolean(),
          account: z.string(),
        }),
      ),
    }),
  ),
  objects: z.array(
    z.strictObject({
      kind: z.enum(["index", "view", "trigger"]),
      name: z.string(),
      sql: z.array(z.string()),
      account: z.string(),
      columns: z
        .array(
          z.strictObject({
            source: z.string(),
            target: z.string(),
            convert: conversionSchema.nullable(),
            approximate: z.boolean(),
            any: z.literal(true).optional(),
          }),
        )
        .optional(),
    }),
  ),
  accounts: z.array(
    z.strictObject({
      key: z.string(),
      kind: z.string(),
      source: z.string(),
      outcome: z.enum(["migrated", "translated", "waived", "undecided"]),
      target: z.string().nullable(),
      reason: z.string(),
    }),
  ),
});

const head = ` What becomes of each object of the SQLite file. Landfall wrote it; edit it, keep it in git, and pass it with --plan.
 tables and objects are what is made; accounts say where every object of the source ended, and why.`;

/** Writes a plan for people: one line a column where it fits, the same order every time. */
export function writePlan(file: string, plan: Plan): void {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, planText(plan));
  renameSync(temporary, file);
}

export function planText(plan: Plan): string {
  const document = new Document(plan);
  document.commentBefore = head;
  const undecided = plan.accounts.filter(({ outcome }) => outcome === "undecided");
  if (undecided.length > 0) {
    document.commentBefore += `\n\n ${counted(undecided.length, "object needs", "objects need")} a decision:\n${undecided.map(({ key, reason }) => `   ${key}: ${reason.replaceAll("\n", " ")}`).join("\n")}`;
  }
  const tables = document.get("tables");
  for (const table of isSeq(tables) ? tables.items : []) {
    if (!isMap(table)) continue;
    const columns = table.get("columns");
    for (const column of isSeq(columns) ? columns.items : []) if (isMap(column)) shorten(column);
  }
  return document.toString({ lineWidth: 0, nullStr: "null" });
}

/** A conversion on one line. */
function shorten(column: YAMLMap): void {
  const convert = column.get("convert");
  if (isMap(convert)) convert.flow = true;
}

/** Reads a plan that `writePlan` wrote and a person may have edited. @throws {LandfallError} usage, with every error at once */
export function readPlan(file: string): Plan {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new LandfallError("usage", `the plan ${file} cannot be read: ${messageOf(error)}`, "check its path");
  }
  return parsePlan(text, file);
}

export function parsePlan(text: string, name: string): Plan {
  const { objects, existing, localtime, ...plan } = parseYaml(
    text,
    name,
    planSchema,
    "mend it, or write a new one with npm run plan",
  );
  // An optional key that is absent must not come back as undefined.
  return {
    ...plan,
    ...(existing ? { existing } : {}),
    ...(localtime === undefined ? {} : { localtime }),
    objects: objects.map(({ columns, ...rest }) => (columns ? { ...rest, columns } : rest)),
  } as Plan;
}
