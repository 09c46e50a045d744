import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { z } from "zod";
import { LandfallError, messageOf } from "../../cli/errors.ts";
import type { Conversion } from "../model/plan.ts";

/** What a person decides about a migration, by the source's names; docs/mapping.md describes each key. */
export interface Mapping {
  schema?: string | undefined;
  naming?: "keep" | "snake" | undefined;
  /** The zone that the application ran in, for 'localtime'. */
  localtime?: string | undefined;
  tables: Record<string, TableMapping>;
  /** PostgreSQL's SQL by hand, by account: what stands there is taken instead of a translation. */
  translate: Record<string, string | string[]>;
  /** Accounts that are left behind, each with the reason. */
  waive: { object: string; reason: string }[];
}

export interface TableMapping {
  name?: string | undefined;
  columns: Record<string, ColumnMapping>;
}

export interface ColumnMapping {
  name?: string | undefined;
  type?: string | undefined;
  convert?: Partial<Conversion> | undefined;
  /** An SQL expression of PostgreSQL; null for none. */
  default?: string | null | undefined;
  notNull?: boolean | undefined;
  nul?: "strip" | undefined;
  invalid?: "replace" | undefined;
  zero?: "null" | undefined;
}

export const emptyMapping: Mapping = { tables: {}, translate: {}, waive: [] };

export const conversionNames = [
  "integer",
  "real",
  "decimal",
  "boolean",
  "text",
  "bytes",
  "json",
  "uuid",
  "instant",
  "local",
  "date",
  "time",
] as const satisfies Conversion["as"][];

/** A conversion as plan and mapping files write it. */
export const conversionSchema = z.strictObject({
  as: z.enum(conversionNames),
  integer: z.enum(["seconds", "millis", "micros"]).optional(),
  real: z.enum(["seconds", "julian"]).optional(),
  utc: z.literal(true).optional(),
  true: z.array(z.string()).optional(),
  false: z.array(z.string()).optional(),
  numbers: z.boolean().optional(),
  texts: z.boolean().optional(),
  nul: z.literal("strip").optional(),
  invalid: z.literal("replace").optional(),
  zero: z.literal("null").optional(),
});

const columnSchema = z.strictObject({
  name: z.string().min(1).optional(),
  type: z.string().min(1).optional(),
  convert: conversionSchema.partial().optional(),
  default: z.string().nullable().optional(),
  notNull: z.boolean().optional(),
  nul: z.literal("strip").optional(),
  invalid: z.literal("replace").optional(),
  zero: z.literal("null").optional(),
});

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return /^[A-Z]/.test(name);
  } catch {
    return false;
  }
}

const mappingSchema = z.strictObject({
  schema: z.string().min(1).optional(),
  naming: z.enum(["keep", "snake"]).optional(),
  localtime: z.string().refine(isZone, "name a zone as Europe/Berlin is one").optional(),
  tables: z
    .record(
      z.string(),
      z.strictObject({
        name: z.string().min(1).optional(),
        columns: z.record(z.string(), columnSchema).default({}),
      }),
    )
    .default({}),
  translate: z.record(z.string(), z.union([z.string(), z.array(z.string()).min(1)])).default({}),
  waive: z
    .array(z.strictObject({ object: z.string().min(1), reason: z.string().min(1, "say why it may be left behind") }))
    .default([]),
});

/** Reads a mapping file. @throws {LandfallError} usage, with every error of the file at once */
export function readMapping(file: string): Mapping {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new LandfallError("usage", `the mapping ${file} cannot be read: ${messageOf(error)}`, "check its path");
  }
  return parseMapping(text, file);
}

/** @param name of the file, for messages */
export function parseMapping(text: string, name: string): Mapping {
  return parseYaml(text, name, mappingSchema, "see docs/mapping.md for its keys");
}

/** Parses YAML and checks its shape. @throws {LandfallError} usage, with every error of the text at once */
export function parseYaml<T>(text: string, name: string, schema: z.ZodType<T>, hint: string): T {
  const document = parseDocument(text, { uniqueKeys: true });
  const problems = document.errors.map(({ message }) => message.split("\n")[0] ?? "");
  if (problems.length === 0) {
    const result = schema.safeParse(document.toJS() ?? {});
    if (result.success) return result.data;
    for (const { path, message } of result.error.issues) {
      problems.push(path.length > 0 ? `${path.join(".")}: ${message}` : message);
    }
  }
  throw new LandfallError("usage", `${name}: ${problems.join("; ")}`, hint);
}
