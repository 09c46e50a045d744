import type { Affinity } from "../../model/source.ts";

/** What a declared type means to its author, whatever SQLite makes of it. */
export type Family =
  | "boolean"
  | "integer"
  | "real"
  | "decimal"
  | "moment"
  | "date"
  | "time"
  | "json"
  | "uuid"
  | "text"
  | "bytes"
  | "none"
  | "other";

export interface Declared {
  family: Family;
  /** Upper case, without arguments, single spaces. */
  name: string;
  /** What stands in parentheses, as far as it is numbers: (10,2) → [10, 2]. */
  args: number[];
  /** With a zone, where the declaration says so. */
  zoned: boolean;
}

const families: [Family, RegExp][] = [
  ["boolean", /^(BOOL|BOOLEAN|BIT)$/],
  [
    "moment",
    /^(DATETIME|DATETIME2|SMALLDATETIME|DATETIMEOFFSET|TIMESTAMP|TIMESTAMPTZ|TIMESTAMP WITH(OUT)? TIME ZONE)$/,
  ],
  ["date", /^DATE$/],
  ["time", /^(TIME|TIME WITHOUT TIME ZONE)$/],
  ["json", /^JSONB?$/],
  ["uuid", /^(UUID|GUID|UNIQUEIDENTIFIER|UUIDTEXT|UUID_TEXT|UUIDBLOB|UUID_BLOB)$/],
  ["decimal", /^(DECIMAL|NUMERIC|DEC|NUMBER|MONEY|SMALLMONEY|CURRENCY|FIXED|BIGDECIMAL)$/],
  ["bytes", /(BLOB|BINARY|BYTEA|IMAGE|BYTES)/],
  // As GeoPackage and SpatiaLite declare them: both keep a geometry as a blob.
  [
    "bytes",
    /^(GEOMETRY|(MULTI)?(POINT|LINESTRING|POLYGON|CURVE|SURFACE)|GEOMETRYCOLLECTION|CURVEPOLYGON)( ?(Z|M|ZM))?$/,
  ],
];

/** The few families that a word names; then what SQLite itself goes by. */
export function readDeclared(type: string, affinity: Affinity): Declared {
  const match = /^([^(]*)(?:\(([^)]*)\))?(.*)$/s.exec(type) ?? [];
  const name = `${match[1] ?? ""} ${match[3] ?? ""}`.toUpperCase().replaceAll(/\s+/g, " ").trim();
  const args = (match[2] ?? "")
    .split(",")
    .map((text) => text.trim())
    .filter((text) => /^[+-]?\d+$/.test(text))
    .map(Number);
  const zoned = /TZ$|WITH TIME ZONE$|OFFSET$/.test(name);
  return { family: familyOf(name, args, affinity), name, args, zoned };
}

function familyOf(name: string, args: number[], affinity: Affinity): Family {
  if (name === "") return "none";
  if (name === "TINYINT" && args.length === 1 && args[0] === 1) return "boolean";
  const named = families.find(([, pattern]) => pattern.test(name));
  if (named) return named[0];
  if (affinity === "integer" || affinity === "text" || affinity === "real") return affinity;
  return "other";
}

/** Types whose name promises that 32 bits are enough. */
export function isSmall(name: string): boolean {
  return /^(UNSIGNED )?(TINYINT|SMALLINT|MEDIUMINT|INT2|INT4)( UNSIGNED)?$/.test(name);
}
