/** A name as SQLite's SQL takes it, whatever is in it. */
export const quoteName = (name: string) => `"${name.replaceAll('"', '""')}"`;
