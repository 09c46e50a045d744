import { reachOf, readArchive } from "../../backup/archive.ts";
import { type BackupEntry, listBackups, type PgbackrestPlace } from "../../backup/pgbackrest.ts";
import { verifyRepositories } from "../../backup/verify.ts";
import { duration } from "../../cli/table.ts";
import { type Findings, nothingDiffers } from "../assertions.ts";

/** Group 1: the backup itself, before it is restored. */
export interface SourceFacts {
  place: PgbackrestPlace;
  backup: BackupEntry;
  systemIdentifier: string;
  /** The segment that recovery has to get to. */
  lastSegment: string | null;
  ageObjectiveMs: number;
  now: Date;
}

export async function checkSource(findings: Findings, facts: SourceFacts): Promise<void> {
  const { place, backup, systemIdentifier, lastSegment, ageObjectiveMs, now } = facts;
  await findings.check("source: repository can be read", async () => {
    const backups = await listBackups(place, backup.repository);
    if (!backups.some(({ label }) => label === backup.label)) throw new Error(`${backup.label} is not listed in it`);
    return `it lists ${backups.length} backups, ${backup.label} among them`;
  });
  await findings.check("source: backup is of this cluster", () => {
    if (backup.systemIdentifier !== systemIdentifier) {
      throw new Error(
        `${backup.label} is of the cluster ${backup.systemIdentifier}, the source is ${systemIdentifier}`,
      );
    }
    if (backup.damaged) throw new Error(`${backup.label} holds pages whose checksum was wrong when it was taken`);
    return `${backup.label}, of cluster ${systemIdentifier}`;
  });
  await findings.check("source: backup is recent", () => {
    const age = now.getTime() - Date.parse(backup.endedAt);
    const text = `${backup.label} is ${duration(age)} old, at most ${duration(ageObjectiveMs)} are allowed`;
    if (age > ageObjectiveMs) throw new Error(text);
    return text;
  });
  await findings.check("source: WAL is continuous", async () => {
    const first = backup.wal.first;
    if (first === null) throw new Error(`${backup.label} does not say which WAL it needs`);
    const { last, gap, gapLength } = reachOf(
      await readArchive(place, backup.repository),
      first,
      lastSegment ?? undefined,
    );
    if (gap !== null) {
      const many =
        gapLength > 1
          ? `${gapLength} WAL segments are missing from ${gap} on: an archive queue that dropped WAL leaves that`
          : `the WAL segment ${gap} is missing`;
      throw new Error(`${many}, and everything after it is out of reach`);
    }
    return `every segment from ${first} to ${last}`;
  });
}

/**
 * Group 1, what takes longest: every file of the repository is read. Runs beside everything else, and only where that leaves the
 * processor idle: the time that the restore takes is measured.
 */
export async function checkRepository(
  findings: Findings,
  { place, backup }: Pick<SourceFacts, "place" | "backup">,
): Promise<void> {
  await findings.check("source: repository checksums", async () => {
    const [result] = await verifyRepositories(place, [backup.repository], { idle: true });
    return nothingDiffers(result?.problems ?? [], `${result?.files} files of the repository are as they were written`);
  });
}
