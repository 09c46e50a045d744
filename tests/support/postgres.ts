import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { provider as cluster } from "../../infra/providers/cluster.ts";
import { unprivilegedAccount } from "../../machine/account.ts";
import { type Daemon, start, stop } from "../../machine/daemon.ts";
import { choosePorts } from "../../machine/ports.ts";
import { findServers } from "../../machine/programs.ts";
import { withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import type { Target } from "../../scripts/lib/db/postgres/target.ts";
import { temporaryFolder } from "./folder.ts";

/** A PostgreSQL of a test file's own, reached over its socket without a password. Stopped by `stop`, kept in no folder. */
export interface TestPostgres {
  daemon: Daemon;
  /** Another empty database, owned by a role without superuser's rights, as a migrator's is. */
  freshDatabase: () => Promise<Target>;
  /** As superuser, for faults that only it can make. */
  superuser: (database: string) => Target;
  /** From now on who comes over TCP has to show a password, as on a server of a provider. */
  passwordsOverTcp: () => Promise<void>;
  stop: () => Promise<void>;
}

/** Says why no server can be started here; false where one can. */
export const noPostgres = (await findServers()).length > 0 ? (false as const) : "no PostgreSQL server on this machine";

/** Starts one. @param settings lines for postgresql.conf, such as max_connections */
export async function startPostgres(settings: Record<string, string | number> = {}): Promise<TestPostgres> {
  const account = unprivilegedAccount();
  const folder = temporaryFolder(account);
  const [server] = await findServers();
  if (!server) throw new Error("no PostgreSQL server on this machine");
  const { database: port = 0 } = await choosePorts({ database: 24_000 + Math.floor(Math.random() * 2000) });
  const data = join(folder, "data");
  await cluster.create({ dataDirectory: data, bin: server.bin, major: server.major, account });
  // Not durable: nothing here outlives the test, and fsync is most of its time.
  const all = { fsync: "off", max_connections: 50, shared_buffers: "128MB", max_wal_size: "1GB", ...settings };
  writeFileSync(
    join(data, "postgresql.conf"),
    Object.entries(all)
      .map(([name, value]) => `${name} = '${value}'`)
      .join("\n"),
  );
  writeFileSync(join(data, "pg_hba.conf"), "local all all trust\nhost all all 127.0.0.1/32 trust\n");
  const daemon: Daemon = {
    name: "postgres",
    program: join(server.bin, "postgres"),
    args: ["-D", data, "-p", String(port), "-k", folder, "-h", "127.0.0.1"],
    env: {},
    account,
    log: join(folder, "postgres.log"),
    pidFile: join(folder, "postgres.pid"),
    ready: { how: "command", program: join(server.bin, "pg_isready"), args: ["-h", folder, "-p", String(port)] },
    readyTimeoutMs: 60_000,
    stopSignal: "SIGINT",
    stopTimeoutMs: 30_000,
  };
  await start(daemon);
  const superuser = (database: string): Target => ({
    host: folder,
    port,
    database,
    user: "postgres",
    tls: { mode: "disable" },
  });
  // Connected anew each time: a test may kill the server in between.
  const admin = (sql: string) => withConnection(superuser("postgres"), (connection) => connection.query(sql));
  await admin("CREATE ROLE owner NOLOGIN; CREATE ROLE migrator LOGIN; GRANT owner TO migrator");
  return {
    daemon,
    superuser,
    async passwordsOverTcp() {
      writeFileSync(join(data, "pg_hba.conf"), "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
      await admin("SELECT pg_reload_conf()");
    },
    async freshDatabase() {
      const database = `t_${randomBytes(5).toString("hex")}`;
      await admin(`CREATE DATABASE ${database} OWNER owner`);
      return { ...superuser(database), user: "migrator", role: "owner" };
    },
    stop: () => stop(daemon),
  };
}
