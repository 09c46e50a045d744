import { createHash } from "node:crypto";
import type { Connection } from "./postgres/connection.ts";

/**
 * What a database is made of, without its rows: the definition of every object of the users' own, of roles, memberships,
 * grants and extensions, each as a digest by "kind name". Equal catalogs, equal schemas.
 */
export type Catalog = Record<string, string>;

const userSchemas = "n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'";
/** What an extension made is the extension's affair. */
const notOfExtension = (oid: string) =>
  `NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = ${oid} AND d.deptype = 'e')`;
/** Grants in a fixed order: PostgreSQL keeps them in the order in which they were given. */
const acl = (column: string) =>
  `coalesce((SELECT string_agg(entry, ',' ORDER BY entry) FROM unnest(${column}::text[]) entry), 'default')`;

/** Each gives rows of kind, name, definition. */
const queries = [
  `SELECT 'table', format('%s.%s', n.nspname, c.relname), concat_ws(' ', c.relkind, c.relpersistence, pg_get_userbyid(c.relowner),
     c.relrowsecurity, c.relforcerowsecurity, c.reloptions::text, pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid),
     (SELECT string_agg(concat_ws(' ', a.attnum, quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), a.attnotnull,
        a.attidentity, a.attgenerated, a.attcollation::regcollation, pg_get_expr(d.adbin, d.adrelid)), ',' ORDER BY a.attnum)
      FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped))
   FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND ${userSchemas}`,
  `SELECT CASE c.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END, format('%s.%s', n.nspname, c.relname), pg_get_viewdef(c.oid)
   FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('v', 'm') AND ${userSchemas} AND ${notOfExtension("c.oid")}`,
  `SELECT 'constraint', format('%s.%s', k.conrelid::regclass, k.conname), concat_ws(' ', pg_get_constraintdef(k.oid), k.convalidated)
   FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace WHERE k.conrelid <> 0 AND ${userSchemas}`,
  `SELECT 'index', format('%s.%s', n.nspname, c.relname), concat_ws(' ', pg_get_indexdef(c.oid), i.indisvalid)
   FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${userSchemas}`,
  `SELECT 'trigger', format('%s.%s', t.tgrelid::regclass, t.tgname), concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled)
   FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE NOT t.tgisinternal AND ${userSchemas}`,
  `SELECT 'function', p.oid::regprocedure::text, pg_get_functiondef(p.oid)
   FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
   WHERE p.prokind IN ('f', 'p') AND ${userSchemas} AND ${notOfExtension("p.oid")}`,
  `SELECT 'sequence', format('%s.%s', n.nspname, c.relname),
     concat_ws(' ', format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
   FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${userSchemas}`,
  `SELECT 'type', format('%s.%s', n.nspname, t.typname), concat_ws(' ', t.typtype, format_type(t.typbasetype, t.typtypmod), t.typnotnull,
     t.typdefault, (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
     (SELECT string_agg(pg_get_constraintdef(k.oid), ',' ORDER BY k.conname) FROM pg_constraint k WHERE k.contypid = t.oid))
   FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
   WHERE t.typtype IN ('e', 'd') AND ${userSchemas} AND ${notOfExtension("t.oid")}`,
  `SELECT 'policy', format('%s.%s', p.schemaname, p.tablename || '.' || p.policyname), concat_ws(' ', permissive, roles, cmd, qual, with_check)
   FROM pg_policies p`,
  "SELECT 'extension', extname, concat_ws(' ', extversion, extnamespace::regnamespace) FROM pg_extension",
  `SELECT 'role', rolname, concat_ws(' ', rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls,
     rolconnlimit, rolvaliduntil,
     (SELECT string_agg(concat_ws(' ', setdatabase, setconfig::text), ',' ORDER BY setdatabase) FROM pg_db_role_setting WHERE setrole = r.oid))
   FROM pg_roles r WHERE rolname NOT LIKE 'pg\\_%'`,
  `SELECT 'membership', format('%s in %s', pg_get_userbyid(member), pg_get_userbyid(roleid)), admin_option::text FROM pg_auth_members`,
  `SELECT 'grants', format('%s.%s', n.nspname, c.relname), ${acl("c.relacl")} FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND c.relpersistence <> 't' AND ${userSchemas}`,
  `SELECT 'grants', format('schema %s', n.nspname), concat_ws(' ', pg_get_userbyid(n.nspowner), ${acl("n.nspacl")})
   FROM pg_namespace n WHERE ${userSchemas}`,
  `SELECT 'grants', format('function %s', p.oid::regprocedure), ${acl("p.proacl")} FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
   WHERE ${userSchemas} AND ${notOfExtension("p.oid")}`,
  `SELECT 'grants', format('database %s', datname), concat_ws(' ', pg_get_userbyid(datdba), ${acl("datacl")}) FROM pg_database WHERE datname = current_database()`,
  `SELECT 'grants', format('defaults of %s %s %s', pg_get_userbyid(defaclrole), defaclnamespace, defaclobjtype), ${acl("defaclacl")} FROM pg_default_acl`,
];

/** Reads the catalog of the connection's database. */
export async function readCatalog(connection: Connection): Promise<Catalog> {
  // With an empty search_path every name in a definition stands with its schema, whoever asks.
  const [before] = await connection.queryTexts("SELECT current_setting('search_path')");
  await connection.query("SELECT set_config('search_path', '', false)");
  try {
    const catalog: Catalog = {};
    for (const query of queries) {
      for (const [kind, name, definition] of await connection.queryTexts(query)) {
        catalog[`${kind} ${name}`] = createHash("sha256")
          .update(definition ?? "")
          .digest("hex")
          .slice(0, 16);
      }
    }
    return catalog;
  } finally {
    await connection.query("SELECT set_config('search_path', $1, false)", [before?.[0] ?? ""]);
  }
}

/**
 * Where two catalogs differ, in words; empty where they are equal.
 * @param kinds only objects of these kinds
 */
export function compareCatalogs(source: Catalog, copy: Catalog, kinds: (kind: string) => boolean): string[] {
  const names = [...new Set([...Object.keys(source), ...Object.keys(copy)])].filter((name) =>
    kinds(name.split(" ")[0] ?? ""),
  );
  return names.sort().flatMap((name) => {
    if (copy[name] === undefined) return [`${name} is only in the source`];
    if (source[name] === undefined) return [`${name} is only in the copy`];
    return source[name] === copy[name] ? [] : [`${name} is another one`];
  });
}
