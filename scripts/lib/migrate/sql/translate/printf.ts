import { quoteLiteral } from "../../../db/postgres/identifiers.ts";
import { asInteger, asNumber, asText } from "./coerce.ts";
import { literalText, refuse, type Translator, type Typed, text } from "./typed.ts";

/** printf() with a literal format of %s, %-9s, %d, %05d, %x, %.2f and %%. */
export function printf(t: Translator, [format, ...args]: Typed[]): Typed {
  const pattern = format && literalText(format);
  if (pattern === undefined || pattern === null) return refuse("printf() with a computed format");
  const parts: string[] = [];
  let rest = args;
  for (const piece of pattern.split(/(%[-+ #0,!]*\d*(?:\.\d+)?[a-zA-Z%])/)) {
    if (piece === "") continue;
    if (!piece.startsWith("%") || piece === "%%") {
      parts.push(quoteLiteral(piece === "%%" ? "%" : piece));
      continue;
    }
    const [argument, ...others] = rest;
    rest = others;
    parts.push(one(t, piece, argument ?? refuse("printf() with too few arguments")));
  }
  return text(`(${parts.length === 0 ? "''" : parts.join(" || ")})`);
}

function one(t: Translator, spec: string, argument: Typed): string {
  const padded = /^%(-?)(\d+)s$/.exec(spec);
  if (padded) {
    const text = `COALESCE(${asText(argument)}, '')`;
    // SQLite counts bytes.
    const spaces = `repeat(' ', GREATEST(${padded[2]} - octet_length(${text}), 0))`;
    return padded[1] ? `${text} || ${spaces}` : `${spaces} || ${text}`;
  }
  const match = /^%(0?)(\d*)(?:\.(\d+))?([a-z])$/.exec(spec);
  if (!match) return refuse(`printf() with ${spec}`);
  const [, zero, width = "", digits, letter] = match;
  if (letter === "s" && width === "" && digits === undefined) return `COALESCE(${asText(argument)}, '')`;
  if ((letter === "d" || letter === "i") && digits === undefined) return whole(argument, zero === "0", Number(width));
  if (letter === "x" && width === "" && digits === undefined)
    return `to_hex(COALESCE(${asInteger(argument)}, 0)::bigint)`;
  if (letter === "f" && width === "") {
    const number = asNumber(argument);
    const places = digits ?? "6";
    if (number.column?.large) refuse("printf() of large integers as floats");
    const rounded =
      number.kind === "integer"
        ? `round(${number.sql}::numeric, ${places})`
        : `${t.helper("sqlite_round")}(${number.sql}${number.kind === "decimal" ? "::double precision" : ""}, ${places})`;
    return `COALESCE(${rounded}, round(0::numeric, ${places}))::text`;
  }
  return refuse(`printf() with ${spec}`);
}

function whole(argument: Typed, zeros: boolean, width: number): string {
  const number = asNumber(argument);
  const value = number.kind === "integer" ? number.sql : `trunc(${number.sql})::bigint`;
  const sql = `COALESCE(${value}, 0)`;
  if (width === 0) return `${sql}::text`;
  const padded = (inner: string, size: string) =>
    `lpad(${inner}, GREATEST(${size}, length(${inner})), '${zeros ? "0" : " "}')`;
  if (!zeros) return padded(`${sql}::text`, String(width));
  return `CASE WHEN ${sql} < 0 THEN '-' || ${padded(`(-${sql})::text`, String(width - 1))} ELSE ${padded(`${sql}::text`, String(width))} END`;
}
