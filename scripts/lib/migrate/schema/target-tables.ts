import type { Connection } from "../../db/postgres/connection.ts";

/** A table that is there already, as whoever deployed the schema made it. */
export interface TargetTable {
  name: string;
  /** In their order. */
  columns: TargetColumn[];
  /** Column lists of primary keys, unique constraints and unique indexes without conditions. */
  uniques: string[][];
  foreignKeys: { columns: string[]; parent: string }[];
  /** Leading plain columns of each index. */
  indexes: string[][];
  checks: string[];
  triggers: string[];
  /** Whether it holds rows. */
  filled: boolean;
}

export interface TargetColumn {
  name: string;
  /** As PostgreSQL writes it. */
  type: string;
  notNull: boolean;
  default: string | null;
  generated: string | null;
  identity: boolean;
}

const tables = `
  SELECT c.oid::text AS oid, c.relname AS name
    FROM pg_class c WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname`;

const columns = `
  SELECT attrelid::text AS oid, attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS not_null,
         attidentity <> '' AS identity, attgenerated <> '' AS generated, pg_get_expr(adbin, adrelid) AS expression
    FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
   WHERE attrelid = ANY ($1::oid[]) AND attnum > 0 AND NOT attisdropped ORDER BY attrelid, attnum`;

const indexes = `
  SELECT indrelid::text AS oid, indisunique AND indpred IS NULL AND 0 <> ALL (indkey::int[]) AS "unique",
         ARRAY(SELECT attname::text FROM unnest(indkey::int[]) WITH ORDINALITY AS k (number, place)
                 JOIN pg_attribute ON attrelid = indrelid AND attnum = k.number
                WHERE place <= indnkeyatts ORDER BY place) AS columns
    FROM pg_index WHERE indrelid = ANY ($1::oid[])`;

const constraints = `
  SELECT conrelid::text AS oid, conname AS name, contype AS type,
         (SELECT relname FROM pg_class WHERE oid = confrelid) AS parent,
         ARRAY(SELECT attname::text FROM unnest(conkey) WITH ORDINALITY AS k (number, place)
                 JOIN pg_attribute ON attrelid = conrelid AND attnum = k.number ORDER BY place) AS columns
    FROM pg_constraint WHERE conrelid = ANY ($1::oid[])`;

const triggers = `SELECT tgrelid::text AS oid, tgname AS name FROM pg_trigger WHERE tgrelid = ANY ($1::oid[]) AND NOT tgisinternal`;

/** Reads every ordinary table of a schema, and the names of its views. @throws {LandfallError} target */
export async function readTargetTables(
  connection: Connection,
  schema: string,
): Promise<{ tables: TargetTable[]; views: string[] }> {
  const quoted = `"${schema.replaceAll('"', '""')}"`;
  const found = await connection.query<{ oid: string; name: string }>(tables, [quoted]);
  const oids = [found.map(({ oid }) => oid)];
  type Of = { oid: string };
  const [allColumns, allIndexes, allConstraints, allTriggers] = [
    await connection.query<
      Of & {
        name: string;
        type: string;
        not_null: boolean;
        identity: boolean;
        generated: boolean;
        expression: string | null;
      }
    >(columns, oids),
    await connection.query<Of & { unique: boolean; columns: string[] }>(indexes, oids),
    await connection.query<Of & { name: string; type: string; parent: string | null; columns: string[] }>(
      constraints,
      oids,
    ),
    await connection.query<Of & { name: string }>(triggers, oids),
  ];
  const views = await connection.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind IN ('v', 'm')",
    [quoted],
  );
  const result: TargetTable[] = [];
  for (const { oid, name } of found) {
    const own = <T extends Of>(rows: T[]): T[] => rows.filter((row) => row.oid === oid);
    const of = (type: string) => own(allConstraints).filter((constraint) => constraint.type === type);
    const { filled } = await connection.one<{ filled: boolean }>(
      `SELECT EXISTS (SELECT FROM ${quoted}."${name.replaceAll('"', '""')}") AS filled`,
    );
    result.push({
      name,
      columns: own(allColumns).map((column) => ({
        name: column.name,
        type: column.type,
        notNull: column.not_null,
        default: column.generated ? null : column.expression,
        generated: column.generated ? column.expression : null,
        identity: column.identity,
      })),
      uniques: own(allIndexes)
        .filter(({ unique }) => unique)
        .map((index) => index.columns),
      indexes: own(allIndexes).map((index) => index.columns),
      foreignKeys: of("f").map((key) => ({ columns: key.columns, parent: key.parent ?? "" })),
      checks: of("c").map((check) => check.name),
      triggers: own(allTriggers).map((trigger) => trigger.name),
      filled,
    });
  }
  return { tables: result, views: views.map(({ name }) => name) };
}
