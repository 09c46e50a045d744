/** What a full scan found in each column. Integers that may pass 2^53 are decimal strings, so that all of it is plain JSON. */

export interface Profile {
  version: 1;
  schemaDigest: string;
  tables: TableProfile[];
}

export interface TableProfile {
  name: string;
  rows: number;
  /** Smallest and largest rowid, as decimal strings; null for WITHOUT ROWID and for an empty table. */
  rowids: { min: string; max: string } | null;
  columns: ColumnProfile[];
}

export interface ColumnProfile {
  name: string;
  nulls: number;
  integers: IntegerProfile | null;
  reals: RealProfile | null;
  texts: TextProfile | null;
  blobs: BlobProfile | null;
  /** Up to five values as SQL literals, for people. Never more than 60 characters each. */
  samples: string[];
}

export interface IntegerProfile {
  count: number;
  min: string;
  max: string;
  /** How many are 0 or 1. */
  booleans: number;
  /** How many lie between 1990 and 2100 when read as seconds, milliseconds, microseconds since 1970. */
  epochSeconds: number;
  epochMillis: number;
  epochMicros: number;
}

export interface RealProfile {
  count: number;
  min: number | null;
  max: number | null;
  /** How many have no fraction. */
  whole: number;
  /** +Inf and -Inf, which JSON numbers and numeric(p,s) cannot hold. */
  infinite: number;
  /** Largest count of digits after the point in the shortest decimal form that gives the same float back. */
  scale: number;
  /** Largest count of digits before the point in that form. */
  integerDigits: number;
  /** How many lie between 1990 and 2100 when read as Julian days, or as seconds since 1970. */
  julian: number;
  epochSeconds: number;
}

export interface TextProfile {
  count: number;
  /** In characters, and in bytes of UTF-8. */
  maxLength: number;
  maxBytes: number;
  empty: number;
  withNul: number;
  invalidUtf8: number;
  /** How many hold anything beyond ASCII. */
  nonAscii?: number;
  /** How many are a whole integer literal in canonical form (no sign +, no leading zero, within int64). */
  integers: number;
  /** How many are a decimal literal, integers included; with its real scale and digits before the point. */
  decimals: { count: number; scale: number; integerDigits: number };
  /** How many SQLite itself would read as a number: what mixes ambiguously with numbers in one text column. */
  numericLooking: number;
  /** How many are of each dialect; a value counts in at most one. */
  dates: Partial<Record<DateDialect, number>>;
  /** Most digits after the seconds' point among those dates. */
  fractionDigits: number;
  /** How many of those dates have three digits there. */
  milliseconds?: number;
  /** How many of them have no seconds. */
  minutes?: number;
  json: {
    objects: number;
    arrays: number;
    scalars: number /** Holds \u0000 or a lone surrogate: jsonb refuses. */;
    notJsonb: number;
  };
  uuids: { lower: number; upper: number; plain32: number };
  /** The distinct values where there are at most 16 of at most 40 characters, else null. */
  distinct: string[] | null;
}

/** `zone` ends in Z or ±hh:mm. `zero` is 0000-00-00 with or without a time. */
export type DateDialect = "date" | "time" | "space" | "t" | "space-zone" | "t-zone" | "zero";

export interface BlobProfile {
  count: number;
  maxBytes: number;
  /** How many are 16 bytes long. */
  uuids: number;
  /** How many are valid UTF-8 without NUL. */
  utf8: number;
}
