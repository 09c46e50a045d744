import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { archiveSettings, drillObjectives, pgbackrestConf, repositoryNames } from "../../infra/components/backups.ts";
import { hbaFile, identFile, settingsFile, tlsSettings } from "../../infra/components/database.ts";
import { pgbouncerIni, poolBudget, userlistFile } from "../../infra/components/pooler.ts";
import { accessScripts, authQuery, loginRoles, poolerRole } from "../../infra/components/roles.ts";
import { parseConfig } from "../../infra/config.ts";
import type { StackOutputs } from "../../infra/contract.ts";
import { provider as cluster } from "../../infra/providers/cluster.ts";
import { provider as sql } from "../../infra/providers/sql.ts";
import { provider as stanza } from "../../infra/providers/stanza.ts";
import { unprivilegedAccount } from "../../machine/account.ts";
import { issueAuthority, issueServer } from "../../machine/certificates.ts";
import { type Daemon, keep, release } from "../../machine/daemon.ts";
import { choosePorts } from "../../machine/ports.ts";
import { findPart, findServers } from "../../machine/programs.ts";
import { Connection, withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import type { LocalBackup } from "../../scripts/lib/stack/beside.ts";
import { databaseTarget } from "../../scripts/lib/stack/targets.ts";
import { temporaryFolder } from "./folder.ts";
import { outputRoles } from "./roles.ts";

type Outputs = StackOutputs & { backup: LocalBackup };

/**
 * A stack without an engine: the same configuration files and providers as `native`, put together by hand in seconds. A
 * PostgreSQL with roles, TLS, WAL archiving and a pgBackRest stanza, and a pooler where it is asked for.
 */
export interface TestStack {
  outputs: Outputs;
  /** The outputs as verbs read them: LANDFALL_OUTPUTS. */
  outputsFile: string;
  folder: string;
  /** Where the daemons' pid files are. */
  run: string;
  server: Daemon;
  pooler: Daemon | null;
  /** As superuser over the socket, for faults that only it can make. */
  superuser: (database?: string) => Promise<Connection>;
  /** Runs SQL as the migrator. */
  sql: <R extends object = Record<string, unknown>>(text: string) => Promise<R[]>;
  stop: () => Promise<void>;
}

const [server] = await findServers();
const programs = { pgbackrest: findPart("pgbackrest") ?? "", pgbouncer: findPart("pgbouncer") ?? "" };

/** Says why none can be started here; false where one can. */
export const noStack =
  server && programs.pgbackrest && programs.pgbouncer
    ? (false as const)
    : "PostgreSQL, pgBackRest or PgBouncer is not on this machine";

/** @param settings of the stack's configuration, by their full keys, structured ones as JSON */
export async function startStack(
  options: { settings?: Record<string, string>; pooler?: boolean; second?: boolean } = {},
): Promise<TestStack> {
  if (!server) throw new Error("no PostgreSQL server on this machine");
  const account = unprivilegedAccount();
  const folder = temporaryFolder(account);
  const at = (...path: string[]) => join(folder, ...path);
  for (const name of ["etc", "run", "log", "data", "second"]) {
    mkdirSync(at(name), { mode: 0o700 });
    if (account) chownSync(at(name), account.uid, account.gid);
  }
  const given: Record<string, string> = options.second
    ? { "landfall:backups": JSON.stringify({ second: { directory: at("second", "r") } }) }
    : {};
  const config = parseConfig({ "landfall:target": "native", ...given, ...options.settings }, "landfall");
  const base = 25_000 + Math.floor(Math.random() * 4000);
  const { database: port = 0, pooler: poolerPort = 0 } = await choosePorts({ database: base, pooler: base + 200 });
  const passwords = Object.fromEntries(loginRoles.map((role) => [role, `${role}-password`])) as Record<
    (typeof loginRoles)[number],
    string
  >;
  const file = (path: string, text: string, mode = 0o600) => {
    writeFileSync(path, text, { mode });
    if (account) chownSync(path, account.uid, account.gid);
    return path;
  };

  const authority = await issueAuthority("test");
  const issued = await issueServer(authority, ["127.0.0.1", "localhost"]);
  const caFile = file(at("ca.crt"), authority.certificate, 0o644);
  const tls = {
    certificate: file(at("etc", "s.crt"), issued.certificate),
    key: file(at("etc", "s.key"), issued.key),
    ca: caFile,
  };
  const dataDirectory = at("data", "postgres");
  const made = await cluster.create({ dataDirectory, bin: server.bin, major: server.major, account });
  const { systemIdentifier } = made.outputs;
  const conf = at("etc", "pgbackrest.conf");
  const settings = {
    shared_buffers: "64MB",
    max_connections: "60",
    // Nothing here outlives the test, and fsync is most of its time; kill -9 of a process loses nothing without it.
    fsync: "off",
    max_wal_size: "1GB",
    wal_compression: "on",
    password_encryption: "scram-sha-256",
    timezone: "UTC",
    log_timezone: "UTC",
    shared_preload_libraries: "pg_stat_statements",
    ...archiveSettings(programs.pgbackrest, conf, "main", config.postgresql.archive_timeout),
    ...tlsSettings(tls.certificate, tls.key),
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: at("run"),
    data_directory: dataDirectory,
    hba_file: file(at("etc", "pg_hba.conf"), hbaFile("postgres", "backup").replaceAll("peer map=landfall", "trust")),
    ident_file: file(
      at("etc", "pg_ident.conf"),
      identFile(account?.name ?? userInfo().username, ["postgres", "backup"]),
    ),
  };
  file(at("etc", "postgresql.conf"), settingsFile(settings));
  const daemon = (name: string, program: string, args: string[], ready: Daemon["ready"]): Daemon => ({
    name,
    program,
    args,
    env: {},
    account,
    log: at("log", `${name}.log`),
    pidFile: at("run", `${name}.pid`),
    ready,
    readyTimeoutMs: 60_000,
    stopSignal: "SIGINT",
    stopTimeoutMs: 30_000,
  });
  const psql = join(server.bin, "psql");
  const ask = ["-XAtq", "-h", at("run"), "-p", String(port), "-U", "postgres", "-d", "postgres", "-c", "SELECT 1"];
  const postgres: Daemon = {
    ...daemon("postgres", join(server.bin, "postgres"), [`--config-file=${at("etc", "postgresql.conf")}`], {
      how: "command",
      program: psql,
      args: ask,
    }),
    locks: [join(dataDirectory, "postmaster.pid"), at("run", `.s.PGSQL.${port}.lock`)],
  };
  await keep(postgres);
  const place = { how: "local" as const, account };
  const rotation = { generation: 1, rotatedAt: null, graceMs: 0 };
  const scripts = accessScripts({ database: "app", extensions: [], passwords, statStatements: true, rotation });
  await sql.create({ psql, socket: at("run"), port, place, scripts, systemIdentifier });

  const repositories = [at("backups"), ...(config.backups.second.directory ? [config.backups.second.directory] : [])];
  const passphrase = config.backups.encryption === "none" ? undefined : "a passphrase of the test";
  const folders = { log: at("log"), lock: at("run"), spool: at("run") };
  const reach = { dataDirectory, socket: at("run"), port, role: "backup", repository: at("backups"), ...folders };
  const text = pgbackrestConf({ stanza: "main", processes: 2, passphrase, backups: config.backups, ...reach });
  // A check of a broken repository waits so long, a minute unless said.
  file(conf, text.replace("[global]", "[global]\narchive-timeout=20"));
  const stanzaInputs = {
    pgbackrest: programs.pgbackrest,
    config: conf,
    stanza: "main",
    repositories,
    place,
    configHash: "1",
  };
  await stanza.create({ ...stanzaInputs, systemIdentifier });

  const pooler = options.pooler
    ? daemon("pgbouncer", programs.pgbouncer, [at("etc", "pgbouncer.ini")], { how: "tcp", port: poolerPort })
    : null;
  if (pooler) {
    const ini = pgbouncerIni({
      database: { name: "app", host: "127.0.0.1", port },
      listen: { host: "127.0.0.1", port: poolerPort },
      authFile: file(at("etc", "userlist.txt"), userlistFile(passwords.pooler, passwords.monitor)),
      authRole: poolerRole,
      authQuery,
      statsRole: "monitor",
      tls,
      config,
    });
    file(at("etc", "pgbouncer.ini"), ini.text);
    await keep(pooler);
  }

  const how = { mode: "verify-full" as const, caFile };
  const outputs: Outputs = {
    contract: 1,
    project: "landfall",
    stack: "test",
    target: "native",
    database: { host: "127.0.0.1", port, name: "app", major: server.major, tls: how },
    pooler: { host: "127.0.0.1", port: poolerPort, preparedStatements: false, tls: how },
    roles: outputRoles((name) => passwords[name]),
    budget: poolBudget(config),
    backup: {
      kind: "pgbackrest",
      stanza: "main",
      config: conf,
      repositories: repositoryNames(at("backups"), config.backups),
      retention: config.backups.retention,
      dataDirectory,
      records: at("records"),
      run: {
        how: "local",
        account,
        pgbackrest: programs.pgbackrest,
        serverBin: server.bin,
        pgbouncer: programs.pgbouncer,
        scratch: at("scratch"),
        server: at("run", "postgres.daemon.json"),
      },
    },
    drill: drillObjectives(config),
    monitoring: { prometheus: "http://127.0.0.1:9", alertmanager: "http://127.0.0.1:9", exporters: {} },
    parts: [],
  };
  const outputsFile = at("etc", "outputs.json");
  writeFileSync(outputsFile, JSON.stringify(outputs), { mode: 0o600 });
  const superuser = (database = "app") =>
    Connection.open({ host: at("run"), port, database, user: "postgres", tls: { mode: "disable" } });
  return {
    outputs,
    outputsFile,
    folder,
    run: at("run"),
    server: postgres,
    pooler,
    superuser,
    sql: (text) => withConnection(databaseTarget(outputs, "migrator"), (connection) => connection.query(text)),
    async stop() {
      if (pooler) await release(pooler);
      await release(postgres);
    },
  };
}
