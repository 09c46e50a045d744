import { bytes, type ColumnType, constant } from "../sql/constant.ts";
import { realText, type Value } from "../sql/literal.ts";

const truths: Record<string, boolean> = {
  true: true,
  t: true,
  yes: true,
  y: true,
  false: false,
  f: false,
  no: false,
  n: false,
};

/**
 * A default that is no value of its column's type as it stands, as what it means there: SQLite would store the text 'FALSE'
 * among zeros and ones, or '' among blobs. Only where it can mean one thing alone.
 * @returns null where it cannot be told
 */
export function meantBy(value: Value, type: ColumnType): { sql: string; how: string } | null {
  const { convert } = type;
  if (value.class === "text" && convert.as === "boolean" && !convert.true) {
    const truth = truths[value.value.toLowerCase()];
    return truth === undefined ? null : { sql: String(truth), how: `the text '${value.value}' means ${truth}` };
  }
  if (value.class === "text" && convert.as === "bytes" && !value.value.includes("\0")) {
    return { sql: bytes(Buffer.from(value.value)), how: "the bytes of the text" };
  }
  if (convert.as === "text" && (value.class === "integer" || value.class === "real")) {
    const digits = value.class === "integer" ? String(value.value) : realText(value.value);
    const sql = constant({ class: "text", value: digits }, type);
    return sql === null ? null : { sql, how: "the number as its text: the column holds texts" };
  }
  if (value.class === "text" && convert.as === "local") {
    const sql = constant(value, { ...type, convert: { ...convert, utc: true } });
    return sql === null ? null : { sql, how: "its moment in UTC" };
  }
  return null;
}
