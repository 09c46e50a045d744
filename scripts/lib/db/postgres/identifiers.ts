/** An identifier as PostgreSQL and SQLite both read it: always in double quotes, so that no word is reserved. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `schema.name`, both quoted. */
export function quoteQualified(schema: string, name: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** A string constant for PostgreSQL, right whatever standard_conforming_strings says. */
export function quoteLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes("\\") ? `E${quoted.replaceAll("\\", "\\\\")}` : quoted;
}

/** Bytes of the longest identifier that PostgreSQL keeps whole (NAMEDATALEN - 1). */
export const maxIdentifierBytes = 63;
