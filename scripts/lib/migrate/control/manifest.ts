import type { Plan } from "../model/plan.ts";
import type { TableLoad } from "../model/results.ts";
import type { Control } from "./control.ts";

/** Adds the chunks of each table up and writes them down: what was loaded, for whoever looks at the database later. */
export async function writeManifest({ connection, runId }: Control, { schema, tables }: Plan): Promise<TableLoad[]> {
  const names = tables.map(({ source, target }) => ({ source, target }));
  const rows = await connection.query<{ source: string; target: string; loaded: string; quarantined: string }>(
    `INSERT INTO landfall.load_manifest (run_id, source_table, target_schema, target_table, rows, loaded, quarantined, bytes)
     SELECT $1, source, $2, target, sum(coalesce(loaded, 0) + coalesce(quarantined, 0)), sum(coalesce(loaded, 0)),
            sum(coalesce(quarantined, 0)), sum(coalesce(bytes, 0))
       FROM json_to_recordset($3) AS plan (source text, target text)
       LEFT JOIN landfall.chunk ON run_id = $1 AND source_table = source
      GROUP BY source, target
     ON CONFLICT (run_id, source_table) DO UPDATE SET rows = excluded.rows, loaded = excluded.loaded,
       quarantined = excluded.quarantined, bytes = excluded.bytes
     RETURNING source_table AS source, target_table AS target, loaded, quarantined`,
    [runId, schema, JSON.stringify(names)],
  );
  const found = new Map(rows.map((row) => [row.source, row]));
  return names.map(({ source, target }) => {
    const loaded = Number(found.get(source)?.loaded ?? 0);
    const quarantined = Number(found.get(source)?.quarantined ?? 0);
    return { source, target, rows: loaded + quarantined, loaded, quarantined };
  });
}

/** Bytes of each source table that were sent to the target, by its name. */
export async function loadedBytes({ connection, runId }: Control): Promise<Map<string, number>> {
  const rows = await connection.query<{ source: string; bytes: string }>(
    "SELECT source_table AS source, bytes FROM landfall.load_manifest WHERE run_id = $1",
    [runId],
  );
  return new Map(rows.map(({ source, bytes }) => [source, Number(bytes)]));
}
