import { setTimeout as sleep } from "node:timers/promises";
import { count } from "../../cli/table.ts";
import { type Connection, withConnection } from "../../db/postgres/connection.ts";
import { quoteQualified } from "../../db/postgres/identifiers.ts";
import type { Target } from "../../db/postgres/target.ts";
import { type Findings, NotApplicable, nothingDiffers } from "../assertions.ts";

/** A table that a migration has loaded, as the copy has it now. */
export interface LoadedTable {
  /** schema.table */
  name: string;
  /** Rows that the migration put there, by its manifest. */
  loaded: number;
  /** Rows that are there; null where the table is gone. */
  rows: number | null;
  /** Whether a row was inserted or updated after the migration had finished. */
  written: boolean;
}

/** What the source's server has counted of a table's rows since its counters began. */
export interface Counters {
  inserted: number;
  deleted: number;
}

/**
 * Reads the manifests of the migrations that were finished, and of each table whether it was written since: a row tells by the
 * transaction that made it, which a copy keeps.
 * @param rows of each table of the copy, by schema.table
 */
export async function readLoaded(
  connection: Connection,
  rows: Record<string, { rows: string }>,
): Promise<LoadedTable[]> {
  const { found } = await connection.one<{ found: boolean }>(
    "SELECT to_regclass('landfall.load_manifest') IS NOT NULL AS found",
  );
  if (!found) return [];
  const tables = await connection.query<{ schema: string; name: string; loaded: string; age: number }>(
    `SELECT DISTINCT ON (target_schema, target_table) target_schema AS schema, target_table AS name, loaded::text AS loaded,
            age(run.xmin) AS age
     FROM landfall.load_manifest JOIN landfall.run USING (run_id) WHERE state = 'finished'
     ORDER BY target_schema, target_table, finished_at DESC`,
  );
  const loaded: LoadedTable[] = [];
  for (const { schema, name, loaded: wanted, age } of tables) {
    const there = rows[`${schema}.${name}`]?.rows;
    // After two thousand million transactions ages begin anew, and nothing can be told by them.
    const written = there !== undefined && (age < 0 || (await hasNewerRow(connection, schema, name, age)));
    loaded.push({
      name: `${schema}.${name}`,
      loaded: Number(wanted),
      rows: there === undefined ? null : Number(there),
      written,
    });
  }
  return loaded;
}

async function hasNewerRow(connection: Connection, schema: string, name: string, age: number): Promise<boolean> {
  const { newer } = await connection.one<{ newer: boolean }>(
    `SELECT EXISTS (SELECT FROM ONLY ${quoteQualified(schema, name)} t WHERE age(t.xmin) < $1) AS newer`,
    [age],
  );
  return newer;
}

/** Why a table's manifest says nothing of it now; null where it does. */
function excuseOf({ name, loaded, rows, written }: LoadedTable, counters: Counters | undefined, mayBeEmpty: string[]) {
  if (rows === null) return "dropped since";
  if (written) return "written since";
  if (rows >= loaded) return rows === loaded ? null : "held rows before";
  if (rows === 0 && mayBeEmpty.includes(name)) return "may be empty";
  if (!counters || counters.inserted < loaded) return "the server has counted deletions only since a later time";
  return counters.deleted >= loaded - rows ? "written since" : null;
}

/** What the manifests come to: sentences of what differs, tables that are as they were loaded, and excuses by table. */
export function judgeLoaded(tables: LoadedTable[], counters: Map<string, Counters>, mayBeEmpty: string[]) {
  const excused = tables.flatMap((table) => {
    const excuse = excuseOf(table, counters.get(table.name), mayBeEmpty);
    return excuse === null ? [] : [{ table, excuse }];
  });
  const rest = tables.filter((table) => !excused.some((one) => one.table === table));
  const lost = rest.filter(({ rows, loaded }) => rows !== loaded);
  return {
    differences: lost.map(
      ({ name, rows, loaded }) =>
        `${name} holds ${count(rows ?? 0)} rows, ${count(loaded)} were loaded, and the server has counted no deletion of the rest`,
    ),
    asLoaded: rest.filter((table) => !lost.includes(table)),
    excused: excused.map(({ table, excuse }) => `${table.name} (${excuse})`),
  };
}

/** A server process that is idle tells of its deletions within ten seconds. */
const patienceMs = 12_000;

/**
 * Every table that nobody has written to since a migration loaded it holds as many rows as its manifest says. Finds what
 * comparing with the source cannot: rows that were lost there before the backup.
 * @param source the running source, which counts deletions
 */
export async function checkManifest(
  findings: Findings,
  tables: LoadedTable[],
  source: Target,
  mayBeEmpty: string[],
): Promise<void> {
  await findings.check("content: load manifest", async () => {
    if (tables.length === 0) throw new NotApplicable("no migration has loaded this database");
    const judge = async () => judgeLoaded(tables, await withConnection(source, readCounters), mayBeEmpty);
    let verdict = await judge();
    for (const until = Date.now() + patienceMs; verdict.differences.length > 0 && Date.now() < until; ) {
      await sleep(1000);
      verdict = await judge();
    }
    const { differences, asLoaded, excused } = verdict;
    const others = `not applicable to ${listed(excused)}`;
    if (differences.length === 0 && asLoaded.length === 0) throw new NotApplicable(others);
    const rows = count(asLoaded.reduce((sum, { loaded }) => sum + loaded, 0));
    const equal = `${asLoaded.length} tables hold the ${rows} rows that were loaded`;
    return nothingDiffers(differences, excused.length > 0 ? `${equal}; ${others}` : equal);
  });
}

const listed = (names: string[]): string =>
  names.length > 5 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");

async function readCounters(connection: Connection): Promise<Map<string, Counters>> {
  const rows = await connection.query<{ name: string; inserted: string; deleted: string }>(
    `SELECT schemaname || '.' || relname AS name, n_tup_ins::text AS inserted, n_tup_del::text AS deleted
     FROM pg_stat_user_tables`,
  );
  return new Map(
    rows.map(({ name, inserted, deleted }) => [name, { inserted: Number(inserted), deleted: Number(deleted) }]),
  );
}
