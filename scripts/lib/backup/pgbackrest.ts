import { z } from "zod";
import { lastLines, type RunOptions, type RunResult, run } from "../../../machine/run.ts";
import { LandfallError } from "../cli/errors.ts";
import type { LocalBackup } from "../stack/beside.ts";

export type PgbackrestPlace = LocalBackup;

/** Runs a pgBackRest command where the stack's backups are made, for its exit code and what it prints. */
export function pgbackrest(
  place: PgbackrestPlace,
  args: string[],
  options: Pick<RunOptions, "onStderr" | "idle"> = {},
): Promise<RunResult> {
  const { account, pgbackrest: program } = place.run;
  return run(program, [`--config=${place.config}`, `--stanza=${place.stanza}`, ...args], { account, ...options });
}

/** The same, for commands that must succeed. @throws {LandfallError} "backup" with pgBackRest's own error */
export async function mustPgbackrest(place: PgbackrestPlace, args: string[], hint: string): Promise<RunResult> {
  const result = await pgbackrest(place, args);
  if (result.code === 0) return result;
  const command = args.find((argument) => !argument.startsWith("-"));
  throw new LandfallError("backup", `pgbackrest ${command} failed: ${causeOf(result)}`, hint);
}

/**
 * pgBackRest prefixes each message with its level and, for errors, a number in brackets; what follows is the cause, also on
 * the indented lines below.
 */
export function causeOf(result: RunResult): string {
  const errors: string[] = [];
  let inside = false;
  for (const line of `${result.stdout}\n${result.stderr}`.split("\n")) {
    const [, cause] = line.match(/ERROR:\s*(.*)$/) ?? [];
    if (cause !== undefined) errors.push(cause);
    else if (inside && /^\s+\S/.test(line)) errors.push(`${errors.pop()} ${line.trim()}`);
    inside = cause !== undefined || (inside && /^\s+\S/.test(line));
  }
  return errors.map(withReason).join("; ") || lastLines(result) || `it ended with ${result.code} and said nothing`;
}

/**
 * Of a write that was cut short pgBackRest gives no reason, or that of an earlier call ("no such file", which no write gives);
 * to a file that happens where the disk, or a limit, is full.
 */
const withReason = (error: string): string =>
  error.replace(
    /(unable to write '[^']*')(?:: \[2\] No such file or directory)?$/,
    "$1: only a part of it could be written, as where there is no space left on the disk",
  );

/** The numbers of the repositories, as pgBackRest counts them. */
export const repositoryNumbers = (place: Pick<PgbackrestPlace, "repositories">): number[] =>
  place.repositories.map((_, i) => i + 1);

/** The parts of `info --output=json` that are read here. Source: pgBackRest's command reference, "info". */
const infoSchema = z.array(
  z.object({
    status: z.object({ code: z.int(), message: z.string() }),
    repo: z
      .array(z.object({ key: z.int(), cipher: z.string(), status: z.object({ code: z.int(), message: z.string() }) }))
      .nullish(),
    db: z.array(z.object({ id: z.int(), "repo-key": z.int(), "system-id": z.string() })),
    backup: z.array(
      z.object({
        label: z.string(),
        type: z.enum(["full", "diff", "incr"]),
        error: z.boolean().nullish(),
        database: z.object({ id: z.int(), "repo-key": z.int() }),
        timestamp: z.object({ start: z.int(), stop: z.int() }),
        lsn: z.object({ start: z.string(), stop: z.string() }).nullish(),
        archive: z.object({ start: z.string().nullable(), stop: z.string().nullable() }),
        info: z.object({
          size: z.int(),
          delta: z.int(),
          repository: z.object({ size: z.int().nullish(), delta: z.int().nullish() }),
        }),
      }),
    ),
    archive: z.array(z.object({ id: z.string(), min: z.string().nullable(), max: z.string().nullable() })),
  }),
);

/** One backup in a repository. */
export interface BackupEntry {
  /** pgBackRest's name of it, such as 20261122-020000F. */
  label: string;
  type: "full" | "diff" | "incr";
  /** Number of the repository that it is in, from 1. */
  repository: number;
  /** UTC, ISO 8601. */
  startedAt: string;
  endedAt: string;
  /** Bytes of the database at that time, and bytes that this backup added to the repository. */
  databaseBytes: number;
  repositoryBytes: number;
  /** WAL segments without which the backup cannot be restored. */
  wal: { first: string | null; last: string | null };
  /** Where in the WAL the backup ended, as PostgreSQL writes it; null where pgBackRest does not say. */
  stopLsn: string | null;
  /** Which cluster it is of. */
  systemIdentifier: string;
  /** Page checksum errors were met while it was taken. */
  damaged: boolean;
}

/** The backups of a stack, oldest first, those of every repository unless one is named. */
export async function listBackups(place: PgbackrestPlace, repository?: number): Promise<BackupEntry[]> {
  const only = repository === undefined ? [] : [`--repo=${repository}`];
  const hint = "npm run status, then run this again";
  const result = await mustPgbackrest(place, [...only, "--output=json", "info"], hint);
  const [stanza] = infoSchema.parse(JSON.parse(mendJson(result.stdout)));
  const repositories = stanza?.repo ?? [];
  // 1 and 2: no stanza or no backup there yet. With another repository at hand a broken one is not the end.
  const broken = repositories.filter(({ status }) => ![0, 1, 2].includes(status.code));
  if (broken.length > 0 && broken.length === repositories.length) {
    const causes = broken.map(({ key, cipher, status }) => `repository ${key}: ${readable(status.message, cipher)}`);
    throw new LandfallError("backup", causes.join("; "), hint);
  }
  const systems = new Map(stanza?.db.map((db) => [`${db.id} ${db["repo-key"]}`, db["system-id"]]));
  const entries = (stanza?.backup ?? []).map((entry) => ({
    label: entry.label,
    type: entry.type,
    repository: entry.database["repo-key"],
    startedAt: new Date(entry.timestamp.start * 1000).toISOString(),
    endedAt: new Date(entry.timestamp.stop * 1000).toISOString(),
    databaseBytes: entry.info.size,
    repositoryBytes: entry.info.repository.delta ?? 0,
    wal: { first: entry.archive.start, last: entry.archive.stop },
    stopLsn: entry.lsn?.stop ?? null,
    systemIdentifier: systems.get(`${entry.database.id} ${entry.database["repo-key"]}`) ?? "",
    damaged: entry.error === true,
  }));
  return entries.sort((a, b) => (a.endedAt < b.endedAt ? -1 : a.endedAt > b.endedAt ? 1 : 0));
}

/**
 * What pgBackRest prints, as JSON.parse can read it: a system identifier has 19 digits and as a number would lose the last
 * ones, and messages hold whatever a failed decryption came to, line breaks and all (seen with 2.45).
 */
const mendJson = (json: string) =>
  json
    .trim()
    .replaceAll(/\p{Cc}+/gu, "\\n")
    .replaceAll(/("system-id":)(\d+)/g, '$1"$2"');

/** What pgBackRest says where it cannot read a repository's list: a wrong passphrase shows itself as nonsense. */
function readable(message: string, cipher: string): string {
  const [first = message] = message.split("\n");
  const isNonsense = /CryptoError/.test(message) || (cipher !== "none" && /FormatError/.test(message));
  return isNonsense ? "it cannot be decrypted: the passphrase is not its own" : first;
}
