/** A token of SQLite's SQL; `bare` words are keywords or unquoted names. */
export interface Token {
  kind: "bare" | "quoted" | "string" | "other";
  /** Without quotes; doubled quotes undone. */
  text: string;
  /** Where it ends in the SQL. */
  end: number;
}

/** Blanks and comments, then one of: bare word, "x", `x`, [x], 'x', a single other character. */
const pattern =
  /(?:[\s\u{feff}]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))*(?:([\p{L}_\u{80}-\u{10ffff}][\p{L}\p{N}_$\u{80}-\u{10ffff}]*)|"((?:[^"]|"")*)"|`((?:[^`]|``)*)`|\[([^\]]*)\]|'((?:[^']|'')*)'|([^\s]))/uy;

/**
 * Cuts SQL into tokens: enough to find a keyword that is one, and not a word in a comment, a string or a name.
 * Not a parser: that is scripts/lib/migrate/sql.
 */
export function tokens(sql: string): Token[] {
  const found: Token[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(sql); match; match = pattern.exec(sql)) {
    const [, bare, double, tick, bracket, single, other] = match;
    const end = pattern.lastIndex;
    if (bare !== undefined) found.push({ kind: "bare", text: bare, end });
    else if (single !== undefined) found.push({ kind: "string", text: single.replaceAll("''", "'"), end });
    else if (other !== undefined) found.push({ kind: "other", text: other, end });
    else {
      const text = double?.replaceAll('""', '"') ?? tick?.replaceAll("``", "`") ?? bracket ?? "";
      found.push({ kind: "quoted", text, end });
    }
  }
  return found;
}

/** Whether a keyword that cannot be a name without quotes (AUTOINCREMENT, for one) stands in the SQL. */
export function hasKeyword(sql: string, keyword: string): boolean {
  return tokens(sql).some(({ kind, text }) => kind === "bare" && text.toUpperCase() === keyword);
}

/** The module of CREATE VIRTUAL TABLE, in lower case. */
export function moduleOf(sql: string): string | null {
  const all = tokens(sql);
  const using = all.findIndex(({ kind, text }) => kind === "bare" && text.toUpperCase() === "USING");
  return using < 0 ? null : (all[using + 1]?.text.toLowerCase() ?? null);
}
