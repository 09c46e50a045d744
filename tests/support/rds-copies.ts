import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RDSClient } from "@aws-sdk/client-rds";
import { unprivilegedAccount } from "../../machine/account.ts";
import { type Daemon, start, stop } from "../../machine/daemon.ts";
import { choosePorts } from "../../machine/ports.ts";
import { lastLines, run } from "../../machine/run.ts";
import { waitForArchive } from "../../scripts/lib/backup/wal.ts";
import { withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import type { Target } from "../../scripts/lib/db/postgres/target.ts";
import type { Connect } from "../../scripts/lib/drill/rds/drill.ts";
import { temporaryFolder } from "./folder.ts";
import { startPostgres, type TestPostgres } from "./postgres.ts";

const account = unprivilegedAccount();

/**
 * What moto lacks of RDS: the database behind an instance that is restored to a moment. Here it is the source's own, recovered
 * by PostgreSQL from a base backup and archived WAL to the time that RDS was asked for, in a server of its own.
 */
export class RdsCopies {
  readonly server: TestPostgres;
  readonly #archive: string;
  readonly #base = join(temporaryFolder(account), "base");
  readonly #times = new Map<string, Date>();
  readonly #servers: Daemon[] = [];

  private constructor(server: TestPostgres, archive: string) {
    this.server = server;
    this.#archive = archive;
  }

  /** Starts the source. @param settings lines for its postgresql.conf */
  static async start(settings: Record<string, string> = {}): Promise<RdsCopies> {
    const archive = temporaryFolder(account);
    const archiving = { archive_mode: "on", archive_command: `cp "%p" "${archive}/%f"`, wal_level: "replica" };
    return new RdsCopies(await startPostgres({ ...archiving, ...settings }), archive);
  }

  /** Takes the base backup: what has been written until now is in each copy, whatever its time. */
  async backUp(): Promise<void> {
    const { daemon, superuser } = this.server;
    const { host, port = 0 } = superuser("postgres");
    appendFileSync(join(daemon.args[1] ?? "", "pg_hba.conf"), "local replication all trust\n");
    await this.#admin("SELECT pg_reload_conf()");
    const program = daemon.program.replace(/postgres$/, "pg_basebackup");
    const args = ["-h", host, "-p", String(port), "-U", "postgres", "-D", this.#base, "-c", "fast", "-X", "none"];
    const result = await run(program, args, { account, timeoutMs: 60_000 });
    if (result.code !== 0) throw new Error(lastLines(result));
  }

  /** Takes note of the moments that this client asks for. */
  watch(client: RDSClient): void {
    client.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          const { TargetDBInstanceIdentifier: name, RestoreTime: time } = args.input as Record<string, unknown>;
          if (commandName?.startsWith("Restore") && time instanceof Date) this.#times.set(String(name), time);
          return next(args);
        },
      { step: "initialize", name: "copies" },
    );
  }

  /** Recovers the source to a time, in a server of its own. @returns its port on loopback */
  recover(time: Date, database: string): Promise<number> {
    return this.#recover(time, database, "");
  }

  /**
   * Recovers each copy when it is first connected to. Two that are made within a second have the same name: the request tells
   * them apart.
   * @param damage SQL that is run in it before anyone else comes
   */
  connect(source: Target, damage = ""): Connect {
    let served: { time: Date; port: Promise<number> } | undefined;
    return async (role, { DBInstanceIdentifier: name = "" }) => {
      const time = this.#times.get(name);
      if (!time) throw new Error(`nobody asked RDS for ${name}`);
      if (served?.time !== time) served = { time, port: this.#recover(time, source.database, damage) };
      return { ...source, port: await served.port, ...(role === "app" ? { user: "app", role: undefined } : {}) };
    };
  }

  /** Ends the servers of all copies. */
  async discard(): Promise<void> {
    for (const daemon of this.#servers.splice(0)) await stop(daemon);
  }

  async stop(): Promise<void> {
    await this.discard();
    await this.server.stop();
  }

  async #recover(time: Date, database: string, damage: string): Promise<number> {
    await this.#archiveAll();
    const { copy: port = 0 } = await choosePorts({ copy: 28_000 + Math.floor(Math.random() * 1000) });
    const folder = temporaryFolder(account);
    const data = join(folder, "data");
    // As its own account: cpSync would make it root's.
    await run("cp", ["-a", this.#base, data]);
    const settings = [
      "archive_mode = off",
      `restore_command = 'cp "${this.#archive}/%f" "%p"'`,
      `recovery_target_time = '${time.toISOString().replace("Z", "+00")}'`,
      "recovery_target_action = promote",
    ];
    appendFileSync(join(data, "postgresql.conf"), `\n${settings.join("\n")}\n`);
    writeFileSync(join(data, "recovery.signal"), "");
    const { host } = this.server.superuser(database);
    const { program, args, ...source } = this.server.daemon;
    const daemon: Daemon = {
      ...source,
      program,
      args: ["-D", data, "-p", String(port), "-k", host, "-h", "127.0.0.1"],
      log: join(folder, "postgres.log"),
      pidFile: join(folder, "postgres.pid"),
      ready: { ...source.ready, args: ["-h", host, "-p", String(port)] } as Daemon["ready"],
    };
    await start(daemon);
    this.#servers.push(daemon);
    const own = { ...this.server.superuser(database), port };
    await withConnection(own, async (connection) => {
      const inRecovery = () => connection.one<{ yes: boolean }>("SELECT pg_is_in_recovery() AS yes");
      while ((await inRecovery()).yes) await connection.query("SELECT pg_sleep(0.05)");
      if (damage) await connection.query(damage);
    });
    return port;
  }

  /** Recovery to a time needs a commit after it to know that it has arrived. */
  async #archiveAll(): Promise<void> {
    await withConnection(this.server.superuser("postgres"), async (connection) => {
      await connection.query("SELECT txid_current()");
      const { segment } = await connection.one<{ segment: string }>(
        "SELECT pg_walfile_name(pg_switch_wal()) AS segment",
      );
      await waitForArchive(connection, segment);
    });
  }

  async #admin(sql: string): Promise<void> {
    await withConnection(this.server.superuser("postgres"), (connection) => connection.query(sql));
  }
}
