import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import type { Target } from "../../scripts/lib/db/postgres/target.ts";
import type { ConstraintPlan, Plan } from "../../scripts/lib/migrate/model/plan.ts";
import { planOf, sourceFile, tablePlan } from "../migrate/load/fixture.ts";

/** Rows of the big table. With chunks of `chunkRows` it takes many transactions. */
const rows = 60_000;
export const chunkRows = 4_000;

/**
 * Two tables with misfits of both kinds: some that the loader finds, some that the server does. The big one is large enough
 * (`large` in finish/lanes.ts) for its key's index to be built beside the others.
 */
export function makeSource(): string {
  return sourceFile("kill", (database: DatabaseSync) => {
    database.exec(`
      BEGIN;
      CREATE TABLE item (id INTEGER PRIMARY KEY AUTOINCREMENT, owner INTEGER, price, name TEXT, data TEXT);
      CREATE TABLE owner (code INTEGER PRIMARY KEY, name TEXT) WITHOUT ROWID;
      INSERT INTO owner ${numbers(500, "i, 'owner ' || i")};
    `);
    database.exec(
      `INSERT INTO item (owner, price, name, data) ${numbers(
        rows,
        `1 + i % 500, CASE i % 9973 WHEN 5 THEN 'dear' ELSE i / 100.0 END, 'item ' || i || ' ' || printf('%090d', i),
         CASE i % 19997 WHEN 7 THEN '{broken' ELSE '{"n": ' || i || ', "s": "' || hex(i * 7919) || '"}' END`,
      )}; COMMIT;`,
    );
  });
}

const numbers = (count: number, select: string) =>
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT ${select} FROM n`;

export function makePlanOf(): Plan {
  const item = tablePlan("item", [
    ["id", "bigint", "integer"],
    ["owner", "integer", "integer"],
    ["price", "numeric(12,2)", "decimal"],
    ["name", "text", "text"],
    ["data", "jsonb", "json"],
  ]);
  const owner = tablePlan("owner", [
    ["code", "integer", "integer"],
    ["name", "text", "text"],
  ]);
  item.columns = item.columns.map((column, i) => (i === 0 ? { ...column, identity: true, notNull: true } : column));
  item.constraints = [
    constraint("item_pkey", "primary", "PRIMARY KEY (id)"),
    constraint("item_owner_fkey", "foreign", "FOREIGN KEY (owner) REFERENCES public.owner (code)"),
  ];
  owner.constraints = [constraint("owner_pkey", "primary", "PRIMARY KEY (code)")];
  const index = (name: string, sql: string) => ({ kind: "index" as const, name, sql: [sql], account: `index ${name}` });
  return planOf([item, owner], {
    objects: [
      index("item_owner", "CREATE INDEX item_owner ON item (owner)"),
      index("item_name", "CREATE INDEX item_name ON item (name)"),
    ],
  });
}

function constraint(name: string, kind: ConstraintPlan["kind"], sql: string): ConstraintPlan {
  return { name, kind, sql, validate: true, account: `${kind} ${name}` };
}

/** All that a finished move leaves in a database, in few lines: equal for two databases only where they are. */
export function stateOf(target: Target): Promise<(string | null)[][]> {
  return withConnection({ ...target, user: "postgres", role: undefined }, (connection) =>
    connection.queryTexts(`
      SELECT 'item', count(*)::text, sum(hashtextextended(item::text, 0))::text FROM item
      UNION ALL SELECT 'owner', count(*)::text, sum(hashtextextended(owner::text, 0))::text FROM owner
      UNION ALL SELECT 'quarantine', count(*)::text, string_agg(key::text || source_column || reason || "row", ';' ORDER BY source_table, chunk, number) FROM landfall.quarantine
      UNION ALL SELECT 'chunks', count(*)::text, sum(loaded)::text || ' ' || sum(quarantined) FROM landfall.chunk
      UNION ALL SELECT 'manifest', source_table, concat_ws(' ', rows, loaded, quarantined, bytes) FROM landfall.load_manifest
      UNION ALL SELECT 'run', state, run_id FROM landfall.run
      UNION ALL SELECT 'set aside', count(*)::text, '' FROM landfall.set_aside
      UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid) || convalidated FROM pg_constraint WHERE connamespace = 'public'::regnamespace
      UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
      UNION ALL SELECT 'sequence', sequencename, last_value::text FROM pg_sequences WHERE schemaname = 'public'
      ORDER BY 1, 2`),
  );
}

export const quarantineFile = (folder: string) => join(folder, "quarantine.jsonl");
