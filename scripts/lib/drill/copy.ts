import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { type Daemon, start, stop } from "../../../machine/daemon.ts";
import { choosePorts } from "../../../machine/ports.ts";
import { causeOf, type PgbackrestPlace, pgbackrest } from "../backup/pgbackrest.ts";
import type { Target } from "../db/postgres/target.ts";

/** A restored copy of a cluster, set up beside the source and thrown away after use. */
export interface Copy {
  folder: string;
  data: string;
  /** Folder of its socket: short, because a socket's path may have 107 bytes at the most. */
  socket: string;
  port: number;
  server: Daemon;
}

/** What is written down of a copy, so that one that was left can be connected to, and cleaned up after. */
export interface CopyNote {
  socket: string;
  port: number;
  server: Daemon;
  /** A pooler in front of it, if there was one. */
  pooler?: Daemon;
}

const noteName = "copy.json";
/** Without a port to listen on it only names the socket's file, and the socket's folder is the copy's own. */
const usualPort = 5432;

/**
 * Makes a place for a copy: a folder of its own, and a socket. Only a copy that is kept listens on a port as well: one that was
 * free now may be taken by the time that a large restore is done.
 * @param place where the source's backups are
 * @param keep a copy that somebody goes on with: durable, on a port, and no leftover to the next drill
 */
export async function prepareCopy(place: PgbackrestPlace, id: string, keep = false): Promise<Copy> {
  const { account, scratch, serverBin } = place.run;
  const folder = join(scratch, id);
  const data = join(folder, "data");
  for (const path of [scratch, folder, data]) {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (account) chownSync(path, account.uid, account.gid);
  }
  const socket = mkdtempSync(join(tmpdir(), "landfall-"));
  if (account) chownSync(socket, account.uid, account.gid);
  const { copy: port = usualPort } = keep ? await choosePorts({ copy: 28_320 }) : {};
  const settings = join(folder, "postgresql.conf");
  writeFileSync(settings, settingsOf({ folder, data, socket, port }, keep), { mode: 0o644 });
  // The socket's folder lets in nobody but the account itself (and root).
  const hba = "local all postgres trust\nlocal all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n";
  writeFileSync(join(folder, "pg_hba.conf"), hba, { mode: 0o644 });
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
      args: ["-q", "-h", socket, "-p", String(port)],
    },
    readyTimeoutMs: 24 * 3_600_000,
    stopSignal: "SIGINT",
    stopTimeoutMs: 60_000,
  };
  writeNote(folder, { socket, port, server });
  return { folder, data, socket, port, server };
}

export function writeNote(folder: string, note: CopyNote): void {
  writeFileSync(join(folder, noteName), JSON.stringify(note), { mode: 0o600 });
}

export function readNote(folder: string): CopyNote | null {
  const file = join(folder, noteName);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as CopyNote) : null;
}

/**
 * Its own settings, not the source's: little memory, its own port, and nothing archived into the source's repository. One that is
 * thrown away may use all cores: pg_amcheck has a connection for each, and a large table's digest as many helpers.
 */
function settingsOf({ folder, data, socket, port }: Omit<Copy, "server">, durable: boolean): string {
  const cores = availableParallelism();
  const settings = {
    data_directory: data,
    hba_file: join(folder, "pg_hba.conf"),
    ident_file: join(folder, "pg_ident.conf"),
    listen_addresses: durable ? "127.0.0.1" : "",
    port: String(port),
    unix_socket_directories: socket,
    archive_mode: "off",
    hot_standby: "off",
    shared_buffers: "128MB",
    max_connections: String(20 + cores),
    max_worker_processes: String(8 + cores),
    max_parallel_workers: String(8 + cores),
    max_parallel_workers_per_gather: String(durable ? 2 : Math.max(2, cores)),
    max_wal_size: "2GB",
    fsync: durable ? "on" : "off",
    // Otherwise reading a table for the first time writes an image of each of its pages to the WAL, for their hint bits.
    full_page_writes: durable ? "on" : "off",
    timezone: "UTC",
    log_timezone: "UTC",
    cluster_name: durable ? "landfall restored copy" : "landfall drill",
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`)
    .join("");
}

/** The copy's superuser, over its socket. */
export const superuserTarget = (copy: Pick<Copy, "socket" | "port">, database: string): Target => ({
  host: copy.socket,
  port: copy.port,
  database,
  user: "postgres",
  tls: { mode: "disable" },
});

/** How a backup is restored into a copy's place. `run` may be replaced by a drill that is to fail. */
export type RunRestore = typeof pgbackrest;

/**
 * Restores a backup's files into the copy's place, without starting it.
 * @param recovery which backup, and up to where, as pgBackRest's options
 * @throws {Error} with pgBackRest's own reason
 */
export async function restoreFiles(
  place: PgbackrestPlace,
  copy: Copy,
  recovery: string[],
  run: RunRestore = pgbackrest,
): Promise<void> {
  const args = [
    ...[`--pg1-path=${copy.data}`, ...recovery, "--archive-mode=off"],
    ...[`--lock-path=${copy.folder}`, "--log-level-console=warn", "restore"],
  ];
  const restored = await run(place, args);
  if (restored.code === 137) throw new Error("the restore's process was killed (SIGKILL) before it was done");
  if (restored.code !== 0) throw new Error(`pgbackrest restore failed: ${causeOf(restored)}`);
}

/**
 * Starts a copy and waits until it has recovered and been promoted.
 * @throws {Error} with PostgreSQL's own reason
 */
export async function recover(copy: Copy): Promise<void> {
  try {
    await start(copy.server);
  } catch (error) {
    throw new Error(`the restored copy did not recover: ${reasonFrom(copy.server.log)}`, { cause: error });
  }
}

/** What a server's own log gives as the reason; a copy's log goes away with the copy. */
export function reasonFrom(log: string): string {
  const lines = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
  const fatal = lines.filter((line) => /FATAL|PANIC|ERROR/.test(line));
  return (fatal.length > 0 ? fatal : lines).slice(-2).join("; ") || "its log is empty";
}

/** Ends a copy and removes it. */
export async function discardCopy(copy: Pick<Copy, "folder" | "socket" | "server">): Promise<void> {
  const pooler = readNote(copy.folder)?.pooler;
  // SIGQUIT is its immediate shutdown: what is removed next need not be written out first.
  await Promise.all([pooler ? stop(pooler) : undefined, stop({ ...copy.server, stopSignal: "SIGQUIT" })]);
  // Removes several files at once, unlike rmSync: large ones take the file system some time each.
  for (const folder of [copy.folder, copy.socket]) await rm(folder, { recursive: true, force: true });
}

const drillPrefix = "drill-";
export const copyPrefix = "copy-";

/** A name for a drill's copy, by which it is known for one. */
export const drillId = (now: Date): string =>
  `${drillPrefix}${now
    .toISOString()
    .replaceAll(/[^0-9]/g, "")
    .slice(0, 14)}-${process.pid}`;

/** Removes what drills that were killed have left; copies that somebody keeps stay. @returns how many there were */
export async function discardLeftovers(place: PgbackrestPlace): Promise<number> {
  const folders = foldersOf(place, drillPrefix);
  for (const folder of folders) {
    // A sabotaged drill has its copy inside the clone's folder.
    await discardLeftovers({ ...place, run: { ...place.run, scratch: join(folder, "scratch") } });
    const note = readNote(folder);
    if (note) await discardCopy({ folder, ...note });
    else rmSync(folder, { recursive: true, force: true });
  }
  return folders.length;
}

/** Folders of copies in the place for them. */
export function foldersOf(place: PgbackrestPlace, prefix: string): string[] {
  const { scratch } = place.run;
  if (!existsSync(scratch)) return [];
  const names = readdirSync(scratch).filter((name) => name.startsWith(prefix));
  return names.map((name) => join(scratch, name));
}
