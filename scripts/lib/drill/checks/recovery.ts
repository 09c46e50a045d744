import { lastMarker } from "../../backup/marker.ts";
import type { Connection } from "../../db/postgres/connection.ts";
import { type Findings, NotApplicable } from "../assertions.ts";
import type { Goal, Whereabouts } from "../goal.ts";
import { type SourceState, stateQuery } from "../source.ts";

/** Group 2, once the copy is open: where recovery ended, and whether the copy is what it should be. */
export async function checkRecovery(
  findings: Findings,
  connection: Connection,
  goal: Goal,
  source: SourceState,
): Promise<void> {
  await findings.check("recovery: stopped at the target", () => stoppedAt(connection, goal));
  const state = await connection.one<SourceState>(stateQuery);
  await findings.check("recovery: new timeline", () => {
    if (state.timeline > source.timeline)
      return `the copy is on timeline ${state.timeline}, the source on ${source.timeline}`;
    throw new Error(
      `the copy is on timeline ${state.timeline} and the source on ${source.timeline}: it was not promoted`,
    );
  });
  await findings.check("recovery: same cluster", () => {
    if (state.systemIdentifier === source.systemIdentifier)
      return `system identifier ${state.systemIdentifier} on both sides`;
    throw new Error(`the copy is cluster ${state.systemIdentifier}, the source ${source.systemIdentifier}`);
  });
  await findings.check("recovery: writable", () => writable(connection));
}

export async function writable(connection: Connection): Promise<string> {
  await connection.query(
    "BEGIN; CREATE TABLE landfall_drill_writes (x int); INSERT INTO landfall_drill_writes VALUES (1); ROLLBACK",
  );
  const { off } = await connection.one<{ off: string }>("SELECT current_setting('transaction_read_only') AS off");
  if (off !== "off") throw new Error("the copy is read-only");
  return "a table was made, written and rolled back";
}

/** Answers with the markers that are where they should be, or throws. */
export async function stoppedAt(connection: Connection, goal: Whereabouts): Promise<string> {
  if (goal.moment) {
    const { before, after } = goal.moment.markers;
    const rows = await connection.query<{ id: string }>(
      "SELECT id::text AS id FROM landfall.marker WHERE id = ANY($1)",
      [[before, after]],
    );
    const found = new Set(rows.map(({ id }) => id));
    if (!found.has(before))
      throw new Error(`marker ${before}, written before the target, is not there: recovery ended early`);
    if (found.has(after)) throw new Error(`marker ${after}, written after the target, is there: recovery went too far`);
    return `marker ${before} is there, marker ${after} is not`;
  }
  const last = await lastMarker(connection);
  const { expected, next, time } = goal.markers;
  if (last && next && Number(last.id) >= Number(next.id)) {
    throw new Error(`marker ${last.id} of ${last.writtenAt} is there, after the target ${time}: recovery went too far`);
  }
  if (expected === null) throw new NotApplicable("there are no markers of that time to tell by");
  // One more: a marker is committed a moment after it is written, and the target may lie between the two.
  if (last === null || Number(last.id) < Number(expected.id) - 1) {
    throw new Error(
      `the last marker is ${last?.id ?? "none"}, and ${expected.id} of ${expected.writtenAt} was before the target ${time}`,
    );
  }
  return `the last marker is ${last.id} of ${last.writtenAt}, for the target ${time}`;
}
