import { LandfallError } from "../../cli/errors.ts";
import { type Archive, type Reach, reachOf, readArchive } from "../archive.ts";
import { type BackupEntry, listBackups, type PgbackrestPlace, repositoryNumbers } from "../pgbackrest.ts";
import type { RestorePoint } from "../restore-points.ts";
import { parseLsn } from "../segments.ts";

/** Up to where a restore recovers. */
export type RecoveryTarget =
  | { to: "latest" }
  | { to: "time"; time: Date }
  | { to: "name"; name: string }
  | { to: "xid"; xid: string };

/** A backup, and how far recovery from it gets. */
export interface Candidate {
  backup: BackupEntry;
  reach: Reach;
}

/** The time over which any moment can be restored, without a gap up to its end. */
export interface Span {
  from: Date;
  until: Date;
}

/** Every backup with how far recovery from it gets; of one that is in several repositories, each is a candidate. */
export async function readCandidates(place: PgbackrestPlace): Promise<Candidate[]> {
  const archives = new Map<number, Archive>();
  for (const number of repositoryNumbers(place)) {
    // One that cannot be read has no candidates; where that leaves none at all, listing the backups says why.
    const archive = await readArchive(place, number).catch(() => null);
    if (archive) archives.set(number, archive);
  }
  return (await listBackups(place)).flatMap((backup) => {
    const archive = archives.get(backup.repository);
    const first = backup.wal.first;
    return archive && first ? [{ backup, reach: reachOf(archive, first) }] : [];
  });
}

/**
 * The recoverable span up to the newest moment: from the end of the oldest backup from which recovery reaches as far as from
 * any other. Null where there is no backup that can be restored at all.
 */
export function recoverableSpan(candidates: Candidate[]): Span | null {
  const usable = candidates.filter(isUsable);
  const until = Math.max(...usable.map(({ reach }) => reach.until?.getTime() ?? 0));
  const far = usable.filter(({ reach }) => reach.until?.getTime() === until);
  const from = Math.min(...far.map(({ backup }) => consistentFrom(backup)));
  return far.length === 0 ? null : { from: new Date(from), until: new Date(Math.max(until, from)) };
}

/** From when on a backup can be recovered to a time: its end, which pgBackRest gives in whole seconds. */
const consistentFrom = (backup: BackupEntry): number => Date.parse(backup.endedAt) + 1000;

/** All WAL that the backup itself needs is there, and it lies on the way to the newest timeline. */
function isUsable({ backup, reach }: Candidate): boolean {
  const { last } = backup.wal;
  return reach.current && reach.last !== null && last !== null && reach.last.slice(8) >= last.slice(8);
}

const utc = (date: Date) => date.toISOString().replace("T", " ").replace("Z", "+00");

/**
 * Chooses the backup that a restore begins with: the newest that can reach the target. A target that none can reach is
 * refused here, because pgBackRest would take the latest backup and recover to who knows where.
 * @param label only this backup, if one is named
 * @param now where the source still runs: what it writes until then can be archived before the restore
 * @throws {LandfallError} usage
 */
export function chooseBackup(
  candidates: Candidate[],
  target: RecoveryTarget,
  points: RestorePoint[],
  options: { label?: string | undefined; now?: Date | undefined } = {},
): Candidate {
  const named =
    options.label === undefined ? candidates : candidates.filter(({ backup }) => backup.label === options.label);
  if (options.label !== undefined && named.length === 0) {
    throw new LandfallError("usage", `there is no backup ${options.label}`, "npm run backups lists them");
  }
  const usable = named.filter(isUsable);
  const fits = usable.filter(({ backup }) => reaches(backup, target, points, candidates, options));
  const best = fits.reduce<Candidate | undefined>(
    // Of equal ones the first repository's: it is the nearer one.
    (found, candidate) => (found && found.backup.endedAt >= candidate.backup.endedAt ? found : candidate),
    undefined,
  );
  if (best) return best;
  if (usable.length === 0) {
    const [broken] = named.filter(({ reach }) => reach.gap !== null);
    const why = broken ? `: the WAL segment ${broken.reach.gap} is missing` : "";
    throw new LandfallError(
      "backup",
      `no backup can be restored${why}`,
      "npm run backups, and npm run backup -- --type full",
    );
  }
  throw new LandfallError(
    "usage",
    target.to === "name"
      ? `the restore point ${target.name} is older than every backup that is left`
      : "no backup that is named reaches the target",
    "npm run backups shows the recoverable span",
  );
}

function reaches(
  backup: BackupEntry,
  target: RecoveryTarget,
  points: RestorePoint[],
  candidates: Candidate[],
  { label, now }: { label?: string | undefined; now?: Date | undefined },
): boolean {
  if (target.to === "time") {
    const span = recoverableSpan(candidates);
    const until = now ?? span?.until;
    if (!span || !until || target.time < span.from || target.time > until) throw outside(target.time, span, until);
    return consistentFrom(backup) <= target.time.getTime();
  }
  if (target.to === "name") {
    const point = points.find(({ name }) => name === target.name);
    if (!point && label === undefined) {
      const names = points.slice(-5).map(({ name }) => name);
      throw new LandfallError(
        "usage",
        `there is no record of a restore point ${target.name}`,
        names.length > 0
          ? `--name with one of ${names.join(", ")}, or --set with the backup to begin with`
          : "--time instead, or --set with the backup to begin with",
      );
    }
    if (!point) return true;
    if (backup.stopLsn === null) return backup.endedAt <= point.at;
    return parseLsn(backup.stopLsn) <= parseLsn(point.lsn);
  }
  return true;
}

function outside(time: Date, span: Span | null, until: Date | undefined): LandfallError {
  const inside =
    span && until ? `it can be restored from ${utc(span.from)} to ${utc(until)}` : "nothing can be restored";
  return new LandfallError(
    "usage",
    `${utc(time)} is outside the recoverable span: ${inside}`,
    "choose a time inside it; npm run backups shows it too",
  );
}

/** pgBackRest's options for a backup and a target. Recovery ends in promotion, never in a pause. */
export function recoveryOptions({ backup }: Candidate, target: RecoveryTarget): string[] {
  const set = [`--repo=${backup.repository}`, `--set=${backup.label}`];
  switch (target.to) {
    case "latest":
      return set;
    case "time":
      return [...set, "--type=time", `--target=${utc(target.time)}`, "--target-action=promote"];
    case "name":
      return [...set, "--type=name", `--target=${target.name}`, "--target-action=promote"];
    case "xid":
      return [...set, "--type=xid", `--target=${target.xid}`, "--target-action=promote"];
  }
}

/** The target as a person reads it. */
export function describeTarget(target: RecoveryTarget): string {
  if (target.to === "latest") return "the latest moment";
  if (target.to === "time") return utc(target.time);
  return target.to === "name" ? `the restore point ${target.name}` : `transaction ${target.xid}`;
}

/**
 * Reads the target from a verb's options.
 * @throws {LandfallError} usage where there are several, or one cannot be read
 */
export function parseTarget(options: { time?: string; name?: string; xid?: string }): RecoveryTarget {
  const given = (["time", "name", "xid"] as const).filter((key) => options[key] !== undefined);
  if (given.length > 1) {
    throw new LandfallError(
      "usage",
      `--${given.join(" and --")} together`,
      "name one target, or none for the latest moment",
    );
  }
  if (options.xid !== undefined) {
    if (!/^\d+$/.test(options.xid))
      throw new LandfallError("usage", `--xid ${options.xid} is not a number`, "--xid 12345");
    return { to: "xid", xid: options.xid };
  }
  if (options.name !== undefined) return { to: "name", name: options.name };
  return options.time === undefined ? { to: "latest" } : { to: "time", time: parseTime(options.time) };
}

/** A time must say its zone: 02:00 is another moment here than on the server. */
export function parseTime(text: string): Date {
  const time = new Date(text.replace(/([+-]\d{2})$/, "$1:00"));
  const zoned = /(Z|[+-]\d{2}(:?\d{2})?)$/.test(text.trim());
  if (zoned && !Number.isNaN(time.getTime())) return time;
  throw new LandfallError(
    "usage",
    `"${text}" is not a time with its zone`,
    'write it as "2026-11-22T14:00:00Z" or "2026-11-22 14:00:00+01"',
  );
}
