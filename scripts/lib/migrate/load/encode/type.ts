/** A column's type in PostgreSQL: `numeric(12,2)` → numeric, [12, 2]. */
export interface ColumnType {
  /** One name for each type, as format_type gives it but short for times: `timestamptz`, `bigint`, `varchar`, … */
  base: string;
  modifiers: number[];
  /** As the plan writes it. */
  text: string;
}

const aliases: Record<string, string> = {
  "timestamp with time zone": "timestamptz",
  "timestamp without time zone": "timestamp",
  "time without time zone": "time",
  "character varying": "varchar",
  character: "char",
  decimal: "numeric",
  int: "integer",
  int2: "smallint",
  int4: "integer",
  int8: "bigint",
  bool: "boolean",
  float4: "real",
  float8: "double precision",
};

/** @param text as a plan writes a type; modifiers may stand within, as in `timestamp(3) without time zone` */
export function parseType(text: string): ColumnType {
  const list = /\(\s*(-?\d+(?:\s*,\s*-?\d+)*)\s*\)/.exec(text);
  const base = (list ? text.replace(list[0], " ") : text).trim().replaceAll(/\s+/g, " ");
  const modifiers = (list?.[1] ?? "").split(",").filter(Boolean).map(Number);
  return { base: aliases[base.toLowerCase()] ?? base, modifiers, text };
}
