import { controlSchema } from "../../backup/control-schema.ts";
import { count } from "../../cli/table.ts";
import { compareCatalogs } from "../../db/catalog.ts";
import { compareRows, compareSequences } from "../../db/fingerprint.ts";
import { type Findings, NotApplicable, nothingDiffers } from "../assertions.ts";
import type { Content } from "../source.ts";

/** Rows of each table at the last drill that passed, and what may be empty since. */
export interface Earlier {
  at: string;
  rows: Record<string, string>;
}

const isAccess = (kind: string) => ["role", "membership", "grants"].includes(kind);

/** Group 4: the copy holds what the source held at that moment. */
export async function checkContent(
  findings: Findings,
  source: Content | null,
  copy: Content,
  earlier: Earlier | null,
  mayBeEmpty: string[],
): Promise<void> {
  const tables = Object.values(copy.rows.tables);
  const rows = count(tables.reduce((sum, table) => sum + BigInt(table.rows), 0n));
  const unknown = () => new NotApplicable("nothing was written down of that time");
  await findings.check("content: rows and values", () => {
    if (!source)
      throw new NotApplicable(`${tables.length} tables, ${rows} rows were read in full; ${unknown().message}`);
    const equal = `${tables.length} tables, ${rows} rows: equal counts, equal digests`;
    return nothingDiffers(compareRows(source.rows, copy.rows), equal);
  });
  await findings.check("content: sequences", () => {
    if (!source) throw unknown();
    const all = Object.keys(copy.rows.sequences).length;
    return nothingDiffers(compareSequences(source.rows, copy.rows), `${all} sequences, none behind the source`);
  });
  const objects = (kinds: (kind: string) => boolean, what: string) => {
    if (!source) throw unknown();
    const all = Object.keys(copy.catalog).filter((name) => kinds(name.split(" ")[0] ?? "")).length;
    return nothingDiffers(compareCatalogs(source.catalog, copy.catalog, kinds), `${all} ${what} are the same`);
  };
  await findings.check("content: schema", () =>
    objects((kind) => !isAccess(kind) && kind !== "extension", "definitions"),
  );
  await findings.check("content: roles and grants", () => objects(isAccess, "roles, memberships and grants"));
  await findings.check("content: extensions", () => objects((kind) => kind === "extension", "extensions"));
  await findings.check("content: no table was emptied", () => {
    if (earlier === null) throw new NotApplicable("there is no earlier drill to compare with");
    // Landfall's own tables are emptied by Landfall: a migration that begins anew forgets the one before.
    const emptied = Object.entries(earlier.rows).filter(
      ([name, before]) =>
        before !== "0" &&
        copy.rows.tables[name]?.rows === "0" &&
        !name.startsWith(`${controlSchema}.`) &&
        !mayBeEmpty.includes(name),
    );
    return nothingDiffers(
      emptied.map(([name, before]) => `${name} is empty and had ${before} rows in the drill of ${earlier.at}`),
      `every table that held rows on ${earlier.at} holds some`,
    );
  });
}
