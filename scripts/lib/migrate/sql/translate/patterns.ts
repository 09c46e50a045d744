import { quoteLiteral } from "../../../db/postgres/identifiers.ts";
import { asText } from "./coerce.ts";
import { bool, literalText, refuse, type Typed } from "./typed.ts";

/** LIKE, which in SQLite folds ASCII letters and has no escape character of its own. */
export function like(left: Typed, right: Typed, escaping: Typed | null): Typed {
  const pattern = literalText(right);
  const letters = pattern === null || /[A-Za-z]/.test(pattern);
  const backslash = pattern === null || pattern.includes("\\");
  const ending = escaping ? ` ESCAPE ${asText(escaping)}` : backslash ? " ESCAPE ''" : "";
  const subject = asText(left);
  return letters
    ? bool(`${subject} COLLATE "C" ILIKE ${asText(right)}${ending}`)
    : bool(`${subject} LIKE ${asText(right)}${ending}`);
}

/** GLOB with a literal pattern: as LIKE where it has no sets, else as a regular expression. */
export function glob(left: Typed, right: Typed): Typed {
  const pattern = literalText(right);
  if (pattern === null) return refuse("GLOB with a computed pattern");
  const subject = asText(left);
  if (!pattern.includes("[")) {
    const translated = pattern
      .replaceAll(/[\\%_]/g, (char) => `\\${char}`)
      .replaceAll("*", "%")
      .replaceAll("?", "_");
    return bool(`${subject} LIKE ${quoteLiteral(translated)}`);
  }
  return bool(`${subject} COLLATE "C" ~ ${quoteLiteral(globExpression(pattern))}`);
}

function globExpression(pattern: string): string {
  let result = "^";
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i] ?? "";
    if (char === "*") result += ".*";
    else if (char === "?") result += ".";
    else if (char === "[") {
      // A "]" at the start of a set is one of its members.
      const start = pattern[i + 1] === "^" ? i + 2 : i + 1;
      const end = pattern.indexOf("]", start + 1);
      if (end < 0) return refuse("GLOB with an open set");
      result += set(pattern.slice(start, end), start === i + 2);
      i = end;
    } else result += escaped(char);
  }
  return `${result}$`;
}

function set(members: string, negated: boolean): string {
  return `[${negated ? "^" : ""}${members.replaceAll(/[\\[\]^]/g, (char) => `\\${char}`)}]`;
}

const escaped = (char: string): string => (/[\\^$.|?*+()[\]{}]/.test(char) ? `\\${char}` : char);
