import type { Utf8 } from "./utf8.ts";

/**
 * A value of SQLite as the verifier reads it: NULL, INTEGER, REAL, TEXT, BLOB. A text that is no string of JavaScript's
 * (bytes that are not UTF-8, or more than one can hold) comes as a RawText.
 */
export type SourceValue = null | bigint | number | string | Uint8Array | RawText;

export class RawText {
  /** As stored, in the file's encoding. */
  readonly bytes: Uint8Array;
  /** With U+FFFD for what is not valid; undefined for a valid text that is too long for a string. */
  readonly replaced: string | undefined;

  constructor(bytes: Uint8Array, replaced: string | undefined) {
    this.bytes = bytes;
    this.replaced = replaced;
  }
}

/** A value that its conversion and type do not take: its row has to be in quarantine. */
export const unfit = Symbol("does not fit");

/**
 * The canonical form of a value: a text, or its bytes in UTF-8, in the column's own buffer or as they were read; NULL. It is
 * valid until the column's next value.
 */
export type Canonical = string | Utf8 | Uint8Array | null;

export type Canonicalize = (value: SourceValue) => Canonical | typeof unfit;

/** A type of PostgreSQL as a plan writes it: timestamptz(3) → { base: "timestamptz", modifiers: [3] }. */
export interface ColumnType {
  base: string;
  modifiers: number[];
}

const aliases: Record<string, string> = {
  "timestamp with time zone": "timestamptz",
  "timestamp without time zone": "timestamp",
  "time without time zone": "time",
  "character varying": "varchar",
  character: "bpchar",
  char: "bpchar",
  decimal: "numeric",
  int: "integer",
  int2: "smallint",
  int4: "integer",
  int8: "bigint",
  bool: "boolean",
  float8: "double precision",
};

export function parseType(type: string): ColumnType {
  const modifiers = [...(/\(([\d\s,-]+)\)/.exec(type)?.[1] ?? "").matchAll(/-?\d+/g)].map(([digits]) => Number(digits));
  const base = type
    .replace(/\([\d\s,-]+\)/, "")
    .replaceAll(/\s+/g, " ")
    .trim();
  return { base: aliases[base.toLowerCase()] ?? base, modifiers };
}
