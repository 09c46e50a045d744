import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { Document, isMap, isScalar, visit } from "yaml";
import { z } from "zod";
import { LandfallError, messageOf } from "../../cli/errors.ts";
import { counted } from "../../cli/table.ts";
import type { Account, Plan, TablePlan } from "../model/plan.ts";
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
      comment: z.string().nullable().default(null),
      columns: z.array(
        z.strictObject({
          source: z.string(),
          target: z.string(),
          type: z.string(),
          convert: conversionSchema,
          notNull: z.boolean().default(false),
          default: z.string().nullable().default(null),
          generated: z.string().nullable().default(null),
          identity: z.boolean().default(false),
          collation: z.string().nullable().default(null),
          reason: z.string(),
        }),
      ),
      constraints: z.array(
        z.strictObject({
          name: z.string(),
          kind: z.enum(["primary", "unique", "foreign", "check"]),
          sql: z.string(),
          validate: z.boolean().default(true),
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
            scalar: z.literal(true).optional(),
            open: z.literal(true).optional(),
          }),
        )
        .optional(),
    }),
  ),
  accounts: z.array(
    z.strictObject({
      key: z.string(),
      kind: z.string(),
      source: z.string().default(""),
      outcome: z.enum(["migrated", "translated", "waived", "undecided"]),
      target: z.string().nullable().default(null),
      reason: z.string(),
    }),
  ),
});

const comment = ` What becomes of each object of the SQLite file. Landfall wrote it; edit it, keep it in git, and pass it with --plan.
 tables and objects are what is made; accounts say where every object of the source ended, and why.
 A column is without notNull, identity, default, generated and collation unless it says so.`;

/** Writes a plan for people: one thing below the other, the same order every time. */
export function writePlan(file: string, plan: Plan): void {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  const descriptor = openSync(temporary, "w");
  try {
    for (const part of planParts(plan)) writeSync(descriptor, part);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, file);
}

export const planText = (plan: Plan): string => [...planParts(plan)].join("");

/** What a list is written of at once: the library holds a tree of it that is many times as large. */
const together = 100;

function* planParts({ tables, objects, accounts, ...head }: Plan): Generator<string> {
  const first = new Document(head);
  first.commentBefore = comment;
  const undecided = accounts.filter(({ outcome }) => outcome === "undecided");
  if (undecided.length > 0) {
    first.commentBefore += `\n\n ${counted(undecided.length, "object needs", "objects need")} a decision:\n${undecided.map(({ key, reason }) => `   ${key}: ${reason.replaceAll("\n", " ")}`).join("\n")}`;
  }
  yield first.toString(style);
  yield* listParts("tables", tables.map(shortTable));
  yield* listParts("objects", objects);
  yield* listParts("accounts", accounts.map(shortAccount));
}

const style = { lineWidth: 0, nullStr: "null" };

function* listParts(name: string, list: object[]): Generator<string> {
  yield list.length === 0 ? `${name}: []\n` : `${name}:\n`;
  for (let at = 0; at < list.length; at += together) {
    const document = new Document(list.slice(at, at + together));
    visit(document, {
      // A conversion on one line.
      Pair: (_, { key, value }) => {
        if (isScalar(key) && key.value === "convert" && isMap(value)) value.flow = true;
      },
    });
    yield document.toString(style).replaceAll(/^(?=.)/gm, "  ");
  }
}

/** Without what is as usual: a reader looks for what is not, and thousands of tables have thousands of it. */
const shortTable = ({ comment, columns, constraints, ...table }: TablePlan) => ({
  ...table,
  ...(comment === null ? {} : { comment }),
  columns: columns.map((column) => without(column, usualColumn)),
  constraints: constraints.map((constraint) => without(constraint, { validate: true })),
});

const shortAccount = (account: Account) => without(account, { source: "", target: null });

const usualColumn = { notNull: false, default: null, generated: null, identity: false, collation: null };

const without = (record: object, usual: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(record).filter(([key, value]) => !(key in usual) || value !== usual[key]));

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
