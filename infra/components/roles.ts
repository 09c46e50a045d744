import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { type RoleName, roleNames } from "../contract.ts";

export const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Owns every object, and cannot log in. */
export const ownerRole = "owner";
/** Looks passwords up for the pooler, and can do nothing else. */
export const poolerRole = "pooler";

/**
 * Roles that applications log in as have two logins each, of which one is current: a rotation makes the other one current
 * with a new password, and the old login goes on working for a while. Its name with this suffix is a member of the role.
 */
export const alternateSuffix = "_alt";
export const alternatingRoles = ["app", "readonly"] as const;
export const alternateOf = (role: string): string => `${role}${alternateSuffix}`;

/** Logins with a password of their own. */
export const loginRoles = [...roleNames, poolerRole, "app_alt", "readonly_alt"] as const;
export type LoginRole = (typeof loginRoles)[number];

/** What a rotation has come to. */
export interface Rotation {
  /** 1 before the first rotation. */
  generation: number;
  /** When the last rotation was made, ISO 8601; null before the first. */
  rotatedAt: string | null;
  /** How long the login before the current one goes on working, milliseconds. */
  graceMs: number;
}

/** The login that is current for a role. */
export function currentLogin(role: RoleName, { generation }: Rotation): LoginRole {
  const alternates = (alternatingRoles as readonly string[]).includes(role);
  return alternates && generation % 2 === 0 ? (alternateOf(role) as LoginRole) : role;
}

/**
 * In which generation a login's password was made; 0 for one that is not in use yet. The login that is not current keeps
 * the password of the generation before.
 */
export function passwordGeneration(login: LoginRole, { generation }: Rotation): number {
  const role = login.replace(/_alt$/, "");
  if (!(alternatingRoles as readonly string[]).includes(role)) return generation;
  const isCurrent = (generation % 2 === 0) === login.endsWith(alternateSuffix);
  return isCurrent ? generation : generation - 1;
}

/** What the pooler asks with; it never sees a password that has run out (CVE-2025-2291). */
export const authQuery = "SELECT usename, passwd FROM pooler.user_lookup($1)";

/**
 * A password as PostgreSQL stores it (RFC 5803), so that the password itself is in no statement and no log. The salt is
 * derived, so that the same password gives the same verifier and nothing changes when nothing has changed.
 */
export function scramVerifier(role: string, password: string): string {
  const iterations = 4096;
  const salt = createHash("sha256").update(`${role}\0${password}`).digest().subarray(0, 16);
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, iterations, 32, "sha256");
  const hmac = (text: string) => createHmac("sha256", salted).update(text).digest();
  const storedKey = createHash("sha256").update(hmac("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${hmac("Server Key").toString("base64")}`;
}

export interface AccessArgs {
  database: string;
  extensions: string[];
  passwords: Record<LoginRole, string>;
  /** Whether pg_stat_statements is loaded, so that its extension can be made. */
  statStatements: boolean;
  rotation: Rotation;
}

interface Script {
  database: string;
  sql: string;
  /** CREATE DATABASE refuses to run inside a transaction. */
  transaction: boolean;
}

export function validUntil(login: LoginRole, rotation: Rotation): string {
  if (passwordGeneration(login, rotation) === rotation.generation || !rotation.rotatedAt) return "infinity";
  return new Date(Date.parse(rotation.rotatedAt) + rotation.graceMs).toISOString();
}

/** SQL that brings roles, database and grants to the wanted state, however often it runs; for a superuser. */
export function accessScripts(args: AccessArgs): Script[] {
  return [
    { database: "postgres", sql: rolesSql(args), transaction: true },
    { database: "postgres", sql: databaseSql(args), transaction: false },
    { database: args.database, sql: grantsSql(args), transaction: true },
  ];
}

function rolesSql({ passwords, rotation }: AccessArgs): string {
  const create = [ownerRole, ...loginRoles].map(
    (role) =>
      `SELECT 'CREATE ROLE ${role}' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${quote(role)}) \\gexec`,
  );
  const login = loginRoles.map((role) => {
    const attributes = "NOSUPERUSER NOCREATEDB NOCREATEROLE";
    if (passwordGeneration(role, rotation) === 0) return `ALTER ROLE ${role} NOLOGIN ${attributes};`;
    const verifier = quote(scramVerifier(role, passwords[role]));
    return `ALTER ROLE ${role} LOGIN ${attributes} PASSWORD ${verifier} VALID UNTIL ${quote(validUntil(role, rotation))};`;
  });
  return [
    ...create,
    `ALTER ROLE ${ownerRole} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE;`,
    ...login,
    `GRANT ${ownerRole} TO migrator;`,
    ...alternatingRoles.map((role) => `GRANT ${role} TO ${alternateOf(role)};`),
    "GRANT pg_monitor TO monitor;",
    // What pgBackRest needs of the server: to read its settings, to start and stop a backup, to switch WAL.
    "GRANT pg_read_all_settings TO backup;",
    grantFunctions("backup", [
      "pg_start_backup",
      "pg_stop_backup",
      "pg_backup_start",
      "pg_backup_stop",
      ...walFunctions,
    ]),
    "REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC;",
    "GRANT CONNECT ON DATABASE postgres TO monitor, backup;",
  ].join("\n");
}

const walFunctions = ["pg_switch_wal", "pg_create_restore_point"];

/** Grants hold in the database that they are given in. By name, whatever their arguments: PostgreSQL 15 renamed some and dropped others. */
const grantFunctions = (roles: string, names: string[]) =>
  `SELECT format('GRANT EXECUTE ON FUNCTION %s TO ${roles}', oid::regprocedure) FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace AND proname IN (${names.map(quote).join(", ")}) \\gexec`;

function databaseSql({ database }: AccessArgs): string {
  return `SELECT 'CREATE DATABASE ${database} OWNER ${ownerRole} TEMPLATE template0 ENCODING ''UTF8'''
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = ${quote(database)}) \\gexec`;
}

function grantsSql({ database, extensions, statStatements }: AccessArgs): string {
  const wanted = [...(statStatements ? ["pg_stat_statements"] : []), ...extensions];
  return [
    `ALTER DATABASE ${database} OWNER TO ${ownerRole};`,
    `REVOKE ALL ON DATABASE ${database} FROM PUBLIC;`,
    `GRANT CONNECT, TEMPORARY ON DATABASE ${database} TO migrator, app, readonly, backup;`,
    `GRANT CONNECT ON DATABASE ${database} TO monitor, ${poolerRole};`,
    // Whatever a migrator makes belongs to the owner, whoever ran it.
    `ALTER ROLE migrator IN DATABASE ${database} SET role = ${quote(ownerRole)};`,
    `ALTER SCHEMA public OWNER TO ${ownerRole};`,
    "REVOKE ALL ON SCHEMA public FROM PUBLIC;",
    // The monitor reads no table there: pg_stat_statements is in it.
    "GRANT USAGE ON SCHEMA public TO app, readonly, monitor;",
    ...objectGrants("ON ALL TABLES IN SCHEMA public", "ON ALL SEQUENCES IN SCHEMA public"),
    ...objectGrants("ON TABLES", "ON SEQUENCES").map(
      (grant) => `ALTER DEFAULT PRIVILEGES FOR ROLE ${ownerRole} IN SCHEMA public ${grant}`,
    ),
    // Restore points are set before migrations and for drills; the WAL that holds one is then sent off at once.
    grantFunctions(ownerRole, walFunctions),
    ...wanted.map((name) => `CREATE EXTENSION IF NOT EXISTS "${name.replaceAll('"', '""')}";`),
    poolerLookup,
  ].join("\n");
}

export function objectGrants(tables: string, sequences: string): string[] {
  return [
    `GRANT SELECT, INSERT, UPDATE, DELETE ${tables} TO app;`,
    `GRANT USAGE, SELECT, UPDATE ${sequences} TO app;`,
    `GRANT SELECT ${tables} TO readonly;`,
  ];
}

const pooledLogins = alternatingRoles.flatMap((role) => [role, alternateOf(role)]);

/**
 * The pooler's look-up: only roles that may come through it, and no password that has run out, which PgBouncer itself
 * would let in (CVE-2025-2291). search_path is fixed because the function runs as its owner, a superuser.
 */
const poolerLookup = `CREATE SCHEMA IF NOT EXISTS pooler;
REVOKE ALL ON SCHEMA pooler FROM PUBLIC;
GRANT USAGE ON SCHEMA pooler TO ${poolerRole};
CREATE OR REPLACE FUNCTION pooler.user_lookup(IN login text, OUT usename name, OUT passwd text) RETURNS record
LANGUAGE sql SECURITY DEFINER STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT rolname, CASE WHEN rolvaliduntil < now() THEN NULL ELSE rolpassword END
  FROM pg_authid WHERE rolname = login AND rolcanlogin AND rolname IN (${pooledLogins.map(quote).join(", ")})
$$;
REVOKE ALL ON FUNCTION pooler.user_lookup(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pooler.user_lookup(text) TO ${poolerRole};`;
