import { LandfallError } from "../../cli/errors.ts";
import { count } from "../../cli/table.ts";
import type { Plan } from "../model/plan.ts";
import type { ColumnProfile, Profile } from "../model/profile.ts";
import { fold } from "../sql/parse.ts";

/**
 * Says of one column what was seen in it and why its type was chosen, as lines for a terminal.
 * @param name `table.column`, by the source's names
 * @throws {LandfallError} usage, where there is no such column
 */
export function explainColumn(plan: Plan, profile: Profile, name: string): string {
  for (const table of plan.tables) {
    for (const column of table.columns) {
      if (fold(`${table.source}.${column.source}`) !== fold(name)) continue;
      const seen = profile.tables
        .find((other) => fold(other.name) === fold(table.source))
        ?.columns.find((other) => fold(other.name) === fold(column.source));
      const extras = Object.entries(column.convert).filter(([key]) => key !== "as");
      const lines = [
        `${table.source}.${column.source} → ${table.target}.${column.target} ${column.type}`,
        `because   ${column.reason}`,
        `read as   ${column.convert.as}${extras.map(([key, value]) => `, ${key}: ${JSON.stringify(value)}`).join("")}`,
        `NOT NULL  ${column.notNull ? "yes" : "no"}`,
      ];
      if (column.default !== null) lines.push(`default   ${column.default}`);
      if (column.generated !== null) lines.push(`generated ${column.generated}`);
      return [...lines, ...seenLines(seen)].join("\n");
    }
  }
  throw new LandfallError(
    "usage",
    `the plan has no column ${name}`,
    "write it as table.column, by the names of the SQLite file",
  );
}

function seenLines(profile: ColumnProfile | undefined): string[] {
  if (!profile) return [];
  const { nulls, integers, reals, texts, blobs, samples } = profile;
  const seen = [
    ...(integers ? [`${count(integers.count)} integers from ${integers.min} to ${integers.max}`] : []),
    ...(reals ? [`${count(reals.count)} floats of up to ${reals.scale} digits after the point`] : []),
    ...(texts ? [`${count(texts.count)} texts of up to ${count(texts.maxLength)} characters`] : []),
    ...(blobs ? [`${count(blobs.count)} blobs of up to ${count(blobs.maxBytes)} bytes`] : []),
    ...(nulls > 0 ? [`${count(nulls)} NULLs`] : []),
  ];
  const lines = [`seen      ${seen.join(", ") || "no rows"}`];
  if (texts) {
    const dates = Object.entries(texts.dates).map(([dialect, n]) => `${count(n)} ${dialect}`);
    if (dates.length > 0) lines.push(`dates     ${dates.join(", ")}`);
    if (texts.withNul + texts.invalidUtf8 > 0) {
      lines.push(`bad text  ${count(texts.withNul)} with NUL, ${count(texts.invalidUtf8)} not UTF-8`);
    }
  }
  if (samples.length > 0) lines.push(`such as   ${samples.join(", ")}`);
  return lines;
}
