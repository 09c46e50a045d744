import type { AccessArgs } from "./roles.ts";
import {
  alternateOf,
  alternatingRoles,
  loginRoles,
  objectGrants,
  ownerRole,
  passwordGeneration,
  poolerRole,
  quote,
  scramVerifier,
  validUntil,
} from "./roles.ts";

/** On a managed server nobody but the provider looks passwords up: the pooler has them in a file. */
const managedRoles = loginRoles.filter((role) => role !== poolerRole);

/**
 * What accessScripts does, for a server on which nobody is superuser: for psql, as a user that may make roles and owns the
 * database. What only a superuser may grant is left out, because the provider does it itself: backups, WAL, pg_authid.
 */
export function managedAccessScript(args: AccessArgs): string {
  const { database, extensions, passwords, rotation, statStatements } = args;
  const create = [ownerRole, ...managedRoles].map(
    (role) =>
      `SELECT 'CREATE ROLE ${role}' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${quote(role)}) \\gexec`,
  );
  const login = managedRoles.map((role) => {
    if (passwordGeneration(role, rotation) === 0) return `ALTER ROLE ${role} NOLOGIN;`;
    const verifier = quote(scramVerifier(role, passwords[role]));
    return `ALTER ROLE ${role} LOGIN PASSWORD ${verifier} VALID UNTIL ${quote(validUntil(role, rotation))};`;
  });
  const wanted = [...(statStatements ? ["pg_stat_statements"] : []), ...extensions];
  return [
    "SET client_min_messages = warning;",
    ...create,
    "BEGIN;",
    `ALTER ROLE ${ownerRole} NOLOGIN;`,
    ...login,
    // Whoever makes a role may grant it; to hand objects over to it, one has to be a member too.
    `GRANT ${ownerRole} TO CURRENT_USER;`,
    `GRANT ${ownerRole} TO migrator;`,
    ...alternatingRoles.map((role) => `GRANT ${role} TO ${alternateOf(role)};`),
    "GRANT pg_monitor TO monitor;",
    "COMMIT;",
    `\\connect ${database}`,
    "SET client_min_messages = warning;",
    // Before the database changes hands: trusted extensions are for its owner to make, and these need more than that.
    ...wanted.map((name) => `CREATE EXTENSION IF NOT EXISTS "${name.replaceAll('"', '""')}";`),
    "BEGIN;",
    `ALTER DATABASE ${database} OWNER TO ${ownerRole};`,
    `REVOKE ALL ON DATABASE ${database} FROM PUBLIC;`,
    `GRANT CONNECT, TEMPORARY ON DATABASE ${database} TO migrator, app, readonly, backup;`,
    `GRANT CONNECT ON DATABASE ${database} TO monitor;`,
    `ALTER ROLE migrator IN DATABASE ${database} SET role = ${quote(ownerRole)};`,
    `GRANT CREATE ON DATABASE ${database} TO ${ownerRole};`,
    `ALTER SCHEMA public OWNER TO ${ownerRole};`,
    "REVOKE ALL ON SCHEMA public FROM PUBLIC;",
    // The monitor reads no table there: pg_stat_statements is in it.
    "GRANT USAGE ON SCHEMA public TO app, readonly, monitor;",
    ...objectGrants("ON ALL TABLES IN SCHEMA public", "ON ALL SEQUENCES IN SCHEMA public"),
    ...objectGrants("ON TABLES", "ON SEQUENCES").map(
      (grant) => `ALTER DEFAULT PRIVILEGES FOR ROLE ${ownerRole} IN SCHEMA public ${grant}`,
    ),
    "COMMIT;",
    "",
  ].join("\n");
}
