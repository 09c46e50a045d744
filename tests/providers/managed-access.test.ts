import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { managedAccessScript } from "../../infra/components/managed-access.ts";
import { loginRoles, type Rotation } from "../../infra/components/roles.ts";
import { run } from "../../machine/run.ts";
import { setRestorePoint } from "../../scripts/lib/backup/restore-points.ts";
import { type Connection, withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import type { Target } from "../../scripts/lib/db/postgres/target.ts";
import { noPostgres, startPostgres, type TestPostgres } from "../support/postgres.ts";

// RDS's master may make roles and databases and is no superuser: so is the one that runs the script here.
const skip = noPostgres;
const database = "shop";
const first: Rotation = { generation: 1, rotatedAt: null, graceMs: 3_600_000 };
let server: TestPostgres;

const passwordsOf = (generation: string) =>
  Object.fromEntries(loginRoles.map((role) => [role, `${role}'s ${generation} password`])) as Record<
    (typeof loginRoles)[number],
    string
  >;

const scriptFor = (rotation: Rotation, passwords = passwordsOf("first")) =>
  managedAccessScript({ database, extensions: ["citext"], passwords, statStatements: true, rotation });

/** As the task in the VPC runs it: psql, the script on stdin. */
async function apply(sql: string): Promise<void> {
  const { host, port } = server.superuser("postgres");
  const args = ["-XAtq", "-v", "ON_ERROR_STOP=1", "-h", host, "-p", String(port), "-U", "master", "-d", "postgres"];
  const result = await run(join(dirname(server.daemon.program), "psql"), [...args, "-f", "-"], { input: sql });
  assert.equal(result.code, 0, result.stderr);
}

const asSuperuser = <T>(name: string, work: (connection: Connection) => Promise<T>) =>
  withConnection(server.superuser(name), work);

const as = <T>(user: string, password: string | undefined, work: (connection: Connection) => Promise<T>) => {
  const target: Target = { ...server.superuser(database), host: "127.0.0.1", user, password };
  return withConnection(target, work);
};

before(async () => {
  if (skip) return;
  server = await startPostgres({ shared_preload_libraries: "pg_stat_statements" });
  await asSuperuser("postgres", async (connection) => {
    // The script makes its own.
    await connection.query("DROP ROLE migrator; DROP ROLE owner");
    await connection.query("CREATE ROLE master LOGIN CREATEROLE CREATEDB NOSUPERUSER");
    // From 16 on, who may make roles may still not give away those of the server: RDS lets its master.
    await connection.query("GRANT pg_monitor TO master WITH ADMIN OPTION");
    await connection.query(`CREATE DATABASE ${database} OWNER master`);
  });
  // rds_superuser may make this extension; here a superuser has to.
  await asSuperuser(database, (connection) => connection.query("CREATE EXTENSION pg_stat_statements"));
  await server.passwordsOverTcp();
});

after(() => server?.stop());

test("a master without superuser's rights makes the roles, and a second run changes nothing", { skip }, async () => {
  await apply(scriptFor(first));
  const state = () =>
    asSuperuser(database, async (connection) => ({
      roles: await connection.query(
        `SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolbypassrls, rolreplication, rolpassword,
           rolvaliduntil::text FROM pg_authid WHERE rolname !~ '^pg_' ORDER BY 1`,
      ),
      members: await connection.query(
        "SELECT roleid::regrole::text, member::regrole::text, admin_option FROM pg_auth_members ORDER BY 1, 2",
      ),
      grants: await connection.query("SELECT nspname, nspacl::text FROM pg_namespace WHERE nspname = 'public'"),
      defaults: await connection.query("SELECT defaclobjtype, defaclacl::text FROM pg_default_acl ORDER BY 1"),
    }));
  const once = await state();
  await apply(scriptFor(first));
  assert.deepEqual(await state(), once);
  const made = once.roles.filter(({ rolname }) => !["postgres", "master"].includes(String(rolname)));
  const names = made.map(({ rolname }) => rolname).toSorted();
  assert.deepEqual(names, ["app", "app_alt", "backup", "migrator", "monitor", "owner", "readonly", "readonly_alt"]);
  for (const role of made) {
    const rights = [role.rolsuper, role.rolcreaterole, role.rolcreatedb, role.rolbypassrls, role.rolreplication];
    assert.deepEqual(rights, [false, false, false, false, false], String(role.rolname));
  }
  const logins = made.filter(({ rolcanlogin }) => rolcanlogin).map(({ rolname }) => rolname);
  assert.deepEqual(logins, ["app", "backup", "migrator", "monitor", "readonly"]);
});

test("each role may do its work and nothing more", { skip }, async () => {
  const words = passwordsOf("first");
  await as("migrator", words.migrator, async (connection) => {
    await connection.query("CREATE TABLE item (id int PRIMARY KEY, name text); INSERT INTO item VALUES (1, 'a')");
    const { owner } = await connection.one<{ owner: string }>(
      "SELECT tableowner AS owner FROM pg_tables WHERE tablename = 'item'",
    );
    assert.equal(owner, "owner");
    // Nobody may write restore points there; the moment is kept all the same.
    const point = await setRestorePoint(connection, "before-migrate");
    assert.ok(Math.abs(Date.parse(point.at) - Date.now()) < 600_000);
    assert.match(point.lsn, /^[0-9A-F]+\/[0-9A-F]+$/);
    await assert.rejects(connection.query("CREATE ROLE other"), /permission denied/);
  });
  await as("app", words.app, async (connection) => {
    await connection.query(
      "INSERT INTO item VALUES (2, 'b'); UPDATE item SET name = 'c'; DELETE FROM item WHERE id = 2",
    );
    await assert.rejects(connection.query("CREATE TABLE mine (x int)"), /permission denied/);
    await assert.rejects(connection.query("DROP TABLE item"), /must be owner/);
    await assert.rejects(connection.query("SET ROLE owner"), /permission denied/);
  });
  await as("readonly", words.readonly, async (connection) => {
    assert.equal((await connection.query("SELECT * FROM item")).length, 1);
    await assert.rejects(connection.query("INSERT INTO item VALUES (3, 'd')"), /permission denied/);
  });
  await as("monitor", words.monitor, async (connection) => {
    await assert.rejects(connection.query("SELECT * FROM item"), /permission denied/);
    const { text } = await connection.one<{ text: string }>(
      "SELECT query AS text FROM pg_stat_statements WHERE query LIKE 'INSERT INTO item%' LIMIT 1",
    );
    assert.match(text, /INSERT INTO item/);
  });
  await asSuperuser("postgres", (connection) => connection.query("CREATE ROLE stranger LOGIN PASSWORD 'x'"));
  await assert.rejects(
    as("stranger", "x", async () => {}),
    /permission denied for database/,
  );
});

test("a rotation makes the other login current, and the old one runs out after its grace", { skip }, async () => {
  const [old, now] = [passwordsOf("first"), passwordsOf("second")];
  // The login that is not current keeps its password.
  const passwords = { ...now, app: old.app, readonly: old.readonly };
  const rotatedAt = new Date().toISOString();
  await apply(scriptFor({ generation: 2, rotatedAt, graceMs: 3_600_000 }, passwords));
  const user = (connection: Connection) => connection.one<{ name: string }>("SELECT current_user::text AS name");
  assert.equal((await as("app_alt", now.app_alt, user)).name, "app_alt");
  assert.equal((await as("app", old.app, user)).name, "app");
  await assert.rejects(as("migrator", old.migrator, user), /password authentication failed/);
  await apply(scriptFor({ generation: 2, rotatedAt: "2020-01-01T00:00:00.000Z", graceMs: 1000 }, passwords));
  await assert.rejects(as("app", old.app, user), /password authentication failed/);
  assert.equal((await as("readonly_alt", now.readonly_alt, user)).name, "readonly_alt");
});
