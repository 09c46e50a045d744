import { LandfallError } from "../../cli/errors.ts";
import { count, counted } from "../../cli/table.ts";
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
    ...(integers ? [`${counted(integers.count, "integer")} from ${integers.min} to ${integers.max}`] : []),
    ...(reals ? [`${counted(reals.count, "float")} of up to ${counted(reals.scale, "digit")} after the point`] : []),
    ...(texts ? [`${counted(texts.count, "text")} of up to ${counted(texts.maxLength, "character")}`] : []),
    ...(blobs ? [`${counted(blobs.count, "blob")} of up to ${counted(blobs.maxBytes, "byte")}`] : []),
    ...(nulls > 0 ? [`${counted(nulls, "NULL")}`] : []),
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
