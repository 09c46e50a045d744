/**
 * Lays rows out in columns for a terminal or a log.
 * @param head the titles; a title that starts with ">" aligns its column to the right
 */
export function table(head: string[], rows: (string | number)[][]): string {
  const right = head.map((title) => title.startsWith(">"));
  const cells = [head.map((title) => title.replace(/^>/, "")), ...rows.map((row) => row.map(String))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const format = (row: string[]) =>
    row
      .map((cell, i) => (right[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  const [title = [], ...body] = cells;
  return [format(title), widths.map((width) => "─".repeat(width)).join("  "), ...body.map(format)].join("\n");
}

/** 12 345 678 as "12,345,678". */
export const count = (value: number | bigint): string => value.toLocaleString("en-US");

/** "1 row", "2 rows", "1,204 rows". @param many where it is not the one with an s */
export const counted = (value: number | bigint, one: string, many = `${one}s`): string =>
  `${count(value)} ${BigInt(value) === 1n ? one : many}`;

/** Milliseconds as "840 ms", "12.3 s", "4 min 05 s", "2 h 14 min" or "3 d 04 h". */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms >= 48 * 3_600_000) return `${Math.floor(ms / 86_400_000)} d ${two((ms % 86_400_000) / 3_600_000)} h`;
  if (ms >= 2 * 3_600_000) return `${Math.floor(ms / 3_600_000)} h ${two((ms % 3_600_000) / 60_000)} min`;
  return `${Math.floor(ms / 60_000)} min ${String(Math.round((ms % 60_000) / 1000)).padStart(2, "0")} s`;
}

const two = (value: number) => String(Math.floor(value)).padStart(2, "0");

/** Bytes as "17.2 MB" (powers of 1000). */
export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let [size, unit] = [value, 0];
  while (size >= 1000 && unit < units.length - 1) [size, unit] = [size / 1000, unit + 1];
  return unit === 0 ? `${size} B` : `${size.toFixed(1)} ${units[unit]}`;
}
