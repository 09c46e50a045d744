import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Daemon, start, stop } from "../../../machine/daemon.ts";
import { choosePorts } from "../../../machine/ports.ts";
import { causeOf, type PgbackrestPlace, pgbackrest } from "../backup/pgbackrest.ts";
import { LandfallError } from "../cli/errors.ts";

/** A restored copy of a cluster, set up beside the source and thrown away after use. */
export interface Copy {
  folder: string;
  data: string;
  port: number;
  server: Daemon;
}

/** Where a copy's daemon is written down, so that a drill that was killed can be cleaned up after. */
const noteName = "copy.json";

/**
 * Makes a place for a copy: a folder of its own and a free port.
 * @param place where the source's backups are
 */
export async function prepareCopy(place: PgbackrestPlace, id: string): Promise<Copy> {
  const { account, scratch, serverBin } = place.run;
  const folder = join(scratch, id);
  const data = join(folder, "data");
  for (const path of [scratch, folder, data]) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (account) chownSync(path, account.uid, account.gid);
  }
  const { copy: port = 0 } = await choosePorts({ copy: 54_320 });
  const settings = join(folder, "postgresql.conf");
  writeFileSync(settings, settingsOf(folder, data, port), { mode: 0o644 });
  writeFileSync(join(folder, "pg_hba.conf"), "host all all 127.0.0.1/32 scram-sha-256\n", { mode: 0o644 });
  writeFileSync(join(folder, "pg_ident.conf"), "", { mode: 0o644 });
  const server: Daemon = {
    name: "restored copy",
    program: join(serverBin, "postgres"),
    args: [`--config-file=${settings}`],
    env: {},
    account,
    log: join(folder, "postgres.log"),
    pidFile: join(folder, "postgres.pid"),
    // Ready means recovered: connections are accepted only after promotion, because hot_standby is off.
    ready: {
      how: "command",
      program: join(serverBin, "pg_isready"),
      args: ["-q", "-h", "127.0.0.1", "-p", String(port)],
    },
    readyTimeoutMs: 3_600_000,
    stopSignal: "SIGINT",
    stopTimeoutMs: 30_000,
  };
  writeFileSync(join(folder, noteName), JSON.stringify(server));
  return { folder, data, port, server };
}

/** Its own settings, not the source's: little memory, its own port, and nothing archived into the source's repository. */
function settingsOf(folder: string, data: string, port: number): string {
  const settings = {
    data_directory: data,
    hba_file: join(folder, "pg_hba.conf"),
    ident_file: join(folder, "pg_ident.conf"),
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: "",
    archive_mode: "off",
    hot_standby: "off",
    shared_buffers: "128MB",
    max_connections: "20",
    fsync: "off",
    timezone: "UTC",
    cluster_name: "landfall drill",
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`)
    .join("");
}

/**
 * Restores the latest backup into the copy's place and recovers it to a restore point.
 * @throws {LandfallError} "drill" with pgBackRest's or PostgreSQL's own reason
 */
export async function restoreCopy(place: PgbackrestPlace, copy: Copy, restorePoint: string): Promise<void> {
  const args = [
    ...[`--pg1-path=${copy.data}`, "--type=name", `--target=${restorePoint}`, "--target-action=promote"],
    // PostgreSQL's settings of the source live outside its data folder; what recovery needs is added here by pgBackRest.
    ...["--archive-mode=off", `--lock-path=${copy.folder}`, "--log-level-console=warn", "restore"],
  ];
  const restored = await pgbackrest(place, args);
  if (restored.code !== 0) {
    throw new LandfallError(
      "drill",
      `the backup could not be restored: ${causeOf(restored)}`,
      "npm run backup, and drill again; if that fails too, the repository is damaged",
    );
  }
  try {
    await start(copy.server);
  } catch (error) {
    throw new LandfallError(
      "drill",
      `the restored copy did not recover: ${reasonFrom(copy.server.log)}`,
      "a WAL segment may be missing: npm run backup, and drill again",
      { cause: error },
    );
  }
}

/** What the copy's own log gives as the reason; the log goes away with the copy. */
function reasonFrom(log: string): string {
  const lines = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
  const fatal = lines.filter((line) => /FATAL|PANIC|ERROR/.test(line));
  return (fatal.length > 0 ? fatal : lines).slice(-2).join("; ") || "its log is empty";
}

/** Ends a copy and removes it. */
export async function discardCopy(copy: Pick<Copy, "folder" | "server">): Promise<void> {
  await stop(copy.server);
  rmSync(copy.folder, { recursive: true, force: true });
}

/** Removes what drills that were killed have left. @returns how many copies there were */
export async function discardLeftovers(place: PgbackrestPlace): Promise<number> {
  const { scratch } = place.run;
  if (!existsSync(scratch)) return 0;
  const folders = readdirSync(scratch).map((name) => join(scratch, name));
  for (const folder of folders) {
    const note = join(folder, noteName);
    if (existsSync(note)) await stop(JSON.parse(readFileSync(note, "utf8")) as Daemon);
    rmSync(folder, { recursive: true, force: true });
  }
  return folders.length;
}
