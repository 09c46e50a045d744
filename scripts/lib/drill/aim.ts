import type { StackOutputs } from "../../../infra/contract.ts";
import { type Candidate, chooseBackup, readCandidates, recoverableSpan } from "../backup/restore/target.ts";
import { listRestorePoints } from "../backup/restore-points.ts";
import { archiveNow } from "../backup/wal.ts";
import { LandfallError } from "../cli/errors.ts";
import type { Reporter } from "../cli/reporter.ts";
import { withConnection } from "../db/postgres/connection.ts";
import type { LocalBackup } from "../stack/beside.ts";
import { databaseTarget } from "../stack/targets.ts";
import { folderStore } from "../store/folder.ts";
import { type PastMoment, pastMoments } from "./evidence.ts";
import { type Goal, markersAt } from "./goal.ts";
import { markMoment } from "./source.ts";

/** Up to where a drill recovers: a moment that it marks now, an earlier drill's moment or any other time, or a given time. */
export type DrillTarget = "latest" | "random" | Date;

type Outputs = StackOutputs & { backup: LocalBackup };

/**
 * Decides what a drill restores and recovers to, and has all WAL up to there sent to the repository.
 * @param repository number of the one to restore from; undefined for the first that will do
 * @throws {LandfallError} where there is nothing to aim at
 */
export async function aim(
  outputs: Outputs,
  to: DrillTarget,
  id: string,
  reporter: Reporter,
  repository?: number,
): Promise<{ goal: Goal; candidate: Candidate }> {
  const place = outputs.backup;
  const read = async () =>
    (await readCandidates(place)).filter(({ backup }) => repository === undefined || backup.repository === repository);
  if (to === "latest") {
    const candidates = await read();
    if (candidates.length === 0) throw noBackup(outputs, repository);
    const candidate = chooseBackup(candidates, { to: "latest" }, []);
    const { content, archived, ...moment } = await markMoment(outputs, id, reporter);
    return { goal: { target: { to: "name", name: id }, moment, archived, content }, candidate };
  }
  await withConnection(databaseTarget(outputs, "migrator"), archiveNow);
  const candidates = await read();
  const span = recoverableSpan(candidates);
  if (to === "random") {
    if (!span) throw noBackup(outputs, repository);
    const moments = (await pastMoments(folderStore(place.records))).filter(
      ({ at }) => at > span.from && at <= span.until,
    );
    const past = moments[Math.floor(Math.random() * moments.length)];
    if (past) return { goal: goalOf(past), candidate: chooseBackup(candidates, goalOf(past).target, [past.point]) };
  }
  const time = to === "random" ? randomTime(span?.from ?? new Date(), new Date()) : to;
  const candidate = chooseBackup(candidates, { to: "time", time }, [], { now: new Date() });
  const markers = await withConnection(databaseTarget(outputs, "migrator"), async (connection) => {
    // The table is made here where it is not there yet.
    await listRestorePoints(connection);
    return markersAt(connection, time);
  });
  return {
    goal: { target: { to: "time", time }, moment: null, archived: Promise.resolve(), content: null, markers },
    candidate,
  };
}

const noBackup = ({ stack }: Outputs, repository?: number) => {
  const where = repository === undefined ? "" : ` in repository ${repository}`;
  const message = `the stack ${stack} has no backup to restore${where}`;
  return new LandfallError("drill", message, `npm run backup -- --stack ${stack}`);
};

const goalOf = (past: PastMoment): Goal => ({
  target: { to: "name", name: past.point.name },
  moment: past.moment,
  archived: Promise.resolve(),
  content: Promise.resolve(past.content),
});

const randomTime = (from: Date, until: Date): Date =>
  new Date(from.getTime() + Math.random() * Math.max(0, until.getTime() - from.getTime()));
