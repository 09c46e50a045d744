import { z } from "zod";
import { lastLines, type RunResult, run } from "../../../machine/run.ts";
import { LandfallError } from "../cli/errors.ts";
import type { LocalBackup } from "../stack/beside.ts";

export type PgbackrestPlace = LocalBackup;

/** Runs a pgBackRest command where the stack's backups are made, for its exit code and what it prints. */
export function pgbackrest(
  place: PgbackrestPlace,
  args: string[],
  onStderr?: (text: string) => void,
): Promise<RunResult> {
  const { account, pgbackrest: program } = place.run;
  return run(program, [`--config=${place.config}`, `--stanza=${place.stanza}`, ...args], { account, onStderr });
}

/** The same, for commands that must succeed. @throws {LandfallError} "backup" with pgBackRest's own error */
export async function mustPgbackrest(place: PgbackrestPlace, args: string[], hint: string): Promise<RunResult> {
  const result = await pgbackrest(place, args);
  if (result.code === 0) return result;
  const command = args.find((argument) => !argument.startsWith("-"));
  throw new LandfallError("backup", `pgbackrest ${command} failed: ${causeOf(result)}`, hint);
}

/** pgBackRest prefixes each line with its level and, for errors, a number in brackets; what follows is the cause. */
export function causeOf(result: RunResult): string {
  const lines = `${result.stdout}\n${result.stderr}`.split("\n");
  const errors = lines.filter((line) => /ERROR:/.test(line)).map((line) => line.replace(/^.*ERROR:\s*/, ""));
  return errors.join("; ") || lastLines(result);
}

/** The parts of `info --output=json` that are read here. Source: pgBackRest's command reference, "info". */
const infoSchema = z.array(
  z.object({
    status: z.object({ code: z.int(), message: z.string() }),
    backup: z.array(
      z.object({
        label: z.string(),
        type: z.enum(["full", "diff", "incr"]),
        error: z.boolean().nullish(),
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

/** One backup in the repository. */
export interface BackupEntry {
  /** pgBackRest's name of it, such as 20261122-020000F. */
  label: string;
  type: "full" | "diff" | "incr";
  /** UTC, ISO 8601. */
  startedAt: string;
  endedAt: string;
  /** Bytes of the database at that time, and bytes that this backup added to the repository. */
  databaseBytes: number;
  repositoryBytes: number;
  /** WAL segments without which the backup cannot be restored. */
  wal: { first: string | null; last: string | null };
  /** Page checksum errors were met while it was taken. */
  damaged: boolean;
}

/** The backups of a stack, oldest first. */
export async function listBackups(place: PgbackrestPlace): Promise<BackupEntry[]> {
  const result = await mustPgbackrest(place, ["--output=json", "info"], "npm run status, then run this again");
  const [stanza] = infoSchema.parse(JSON.parse(result.stdout));
  return (stanza?.backup ?? []).map((entry) => ({
    label: entry.label,
    type: entry.type,
    startedAt: new Date(entry.timestamp.start * 1000).toISOString(),
    endedAt: new Date(entry.timestamp.stop * 1000).toISOString(),
    databaseBytes: entry.info.size,
    repositoryBytes: entry.info.repository.delta ?? 0,
    wal: { first: entry.archive.start, last: entry.archive.stop },
    damaged: entry.error === true,
  }));
}
