import { asNumber, asText, plain, utf8 } from "./coerce.ts";
import { int, isNumber, real, refuse, type Typed, text } from "./typed.ts";

/** CAST, by the affinity that SQLite reads out of the type's name. */
export function cast(value: Typed, type: string): Typed {
  const name = type.toUpperCase();
  if (name.includes("INT")) return toInteger(value);
  if (/CHAR|CLOB|TEXT/.test(name)) return text(asText(value));
  if (name === "" || name.includes("BLOB")) return toBytes(value);
  if (/REAL|FLOA|DOUB/.test(name)) return toReal(value);
  const number = value.kind === "null" ? value : isNumber(value) ? value : plain(value);
  // NUMERIC: a float without a fraction becomes an integer of the same value.
  return isNumber(number) || number.kind === "null" ? number : refuse(`CAST of a ${value.kind} AS ${type}`);
}

function toInteger(value: Typed): Typed {
  if (value.digits) return int(value.digits);
  const inner = value.kind === "any" || isNumber(value) ? asNumber(value) : plain(value);
  const sign = inner.positive ? { positive: true } : {};
  if (inner.kind === "integer") return int(inner.sql, sign);
  if (inner.kind === "null") return int("NULL::bigint");
  if (isNumber(inner)) return int(clamped(inner.sql), sign);
  if (inner.kind !== "text" || isLong(inner)) return refuse(`CAST of a ${value.kind} AS INTEGER`);
  return int(
    `COALESCE(substring(${inner.sql} from '^\\s*([+-]?\\d{1,18})')::bigint, CASE WHEN ${inner.sql} IS NOT NULL THEN 0 END)`,
  );
}

/** Without its fraction; beyond 64 bits the largest or smallest integer. */
function clamped(sql: string): string {
  const [low, high] = ["-9223372036854775808", "9223372036854775807"];
  return `(CASE WHEN ${sql} >= ${high} THEN ${high} WHEN ${sql} <= ${low} THEN ${low} ELSE trunc(${sql})::bigint END)`;
}

/** Numbers that stand in a text with more digits than the texts of both have in common. */
const isLong = ({ numbers, longReals, column }: Typed) => numbers && (longReals || column?.large);

function toReal(value: Typed): Typed {
  const inner = isNumber(value) ? value : plain(value);
  if (inner.kind === "null") return real("NULL::double precision");
  if (isNumber(inner)) return real(`${inner.sql}::double precision`, inner.approximate ? { approximate: true } : {});
  if (inner.kind !== "text" || isLong(inner)) return refuse(`CAST of a ${value.kind} AS REAL`);
  const number = `substring(${inner.sql} from '^\\s*([+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?(?:[0-2]?\\d{1,2}|30[0-7])(?!\\d))?)')`;
  return real(`COALESCE(${number}::double precision, CASE WHEN ${inner.sql} IS NOT NULL THEN 0 END)`);
}

function toBytes(value: Typed): Typed {
  if (value.kind === "bytes") return value;
  return value.kind === "text"
    ? { sql: utf8(asText(value), true), kind: "bytes" }
    : refuse(`CAST of a ${value.kind} AS BLOB`);
}
