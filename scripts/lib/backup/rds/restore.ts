import { LandfallError } from "../../cli/errors.ts";
import type { Reporter } from "../../cli/reporter.ts";
import { duration } from "../../cli/table.ts";
import type { Outcome } from "../../cli/verb.ts";
import { withConnection } from "../../db/postgres/connection.ts";
import type { RdsStack } from "../../stack/beside.ts";
import { databaseTarget } from "../../stack/targets.ts";
import { parseTarget } from "../restore/target.ts";
import type { RestoreOptions } from "../restore/verb.ts";
import { type RdsPlace, rdsPlace } from "./client.ts";
import { type RestoreFrom, removeInstance, restoreInstance, untilAvailable } from "./instances.ts";
import { type RdsSpan, readSpan } from "./overview.ts";
import { listSnapshots, stamp } from "./snapshots.ts";
import { type Patience, patient } from "./wait.ts";

/** What `npm run restore` does where RDS makes the backups: it always restores beside, into an instance of its own. */
export async function rdsRestoreVerb(
  outputs: RdsStack,
  options: RestoreOptions,
  reporter: Reporter,
  { place = rdsPlace(outputs.backup), patience = patient }: { place?: RdsPlace; patience?: Patience } = {},
): Promise<Outcome> {
  const { identifier } = outputs.backup;
  if (options.removeCopy !== undefined) {
    const name = options.removeCopy;
    if (options.dryRun) return { data: {}, text: `${name} would be removed, without a snapshot of it` };
    await removeInstance(place, name, "copy", patience, reporter);
    return { data: { removed: name }, text: `${name}: removed` };
  }
  if (!options.beside || options.delta || options.removeOld) {
    throw new LandfallError(
      "usage",
      "RDS restores into a new instance and never in place",
      "--beside; docs/aws.md says how to move the application over",
    );
  }
  const from = await whatFrom(outputs, place, options);
  const name = `${identifier}-copy-${stamp(new Date())}`;
  const described = `${describeFrom(from)} of ${identifier} as ${name}, in the drill's security groups`;
  if (options.dryRun) return { data: { name, from }, text: `would restore ${described}` };
  const started = Date.now();
  await restoreInstance(place, { name, from, madeFor: "copy" });
  const instance = await untilAvailable(place, name, patience, reporter);
  const { Address: host = "", Port: port = 5432 } = instance.Endpoint ?? {};
  const restoreMs = Date.now() - started;
  const text = [
    `restored ${described}, in ${duration(restoreMs)}: ${host}:${port}, with the roles and passwords of that time`,
    "it costs what an instance of its class costs, and is not protected against deletion",
    `remove it with npm run restore -- --stack ${outputs.stack} --remove-copy ${name}`,
  ];
  return { data: { name, host, port, from, restoreMs }, text: text.join("\n") };
}

async function whatFrom(outputs: RdsStack, place: RdsPlace, options: RestoreOptions): Promise<RestoreFrom> {
  const target = parseTarget(options);
  const snapshots = await listSnapshots(place);
  if (options.set !== undefined) {
    if (target.to !== "latest") {
      throw new LandfallError(
        "usage",
        "--set with a target: RDS restores a snapshot as it is",
        "leave one of them out",
      );
    }
    const found = snapshots.find(({ name }) => name === options.set);
    if (found?.status === "available") return { snapshot: found.name };
    const problem = found ? `is ${found.status}` : `is no snapshot of ${outputs.backup.identifier}`;
    throw new LandfallError("usage", `${options.set} ${problem}`, "npm run backups lists them");
  }
  if (target.to === "xid") {
    throw new LandfallError("usage", "RDS cannot restore to a transaction", "--time, or --name of a restore point");
  }
  // Asked also for the latest moment: without automated backups there is none.
  const span = await readSpan(place, snapshots);
  if (target.to === "latest") {
    if (!span) throw noSpan();
    return "latest";
  }
  const time = target.to === "time" ? target.time : await timeOf(outputs, target.name);
  return { time: mustReach(span, time) };
}

const noSpan = () =>
  new LandfallError(
    "backup",
    "RDS can restore no moment of this instance",
    "npm run backups; --set NAME for a snapshot",
  );

/** @throws {LandfallError} where RDS cannot restore the time */
export function mustReach(span: RdsSpan | null, time: Date): Date {
  if (!span) throw noSpan();
  if (time >= span.from && time <= span.until) return time;
  throw new LandfallError(
    "usage",
    `${time.toISOString()} cannot be restored: RDS reaches from ${span.from.toISOString()} to ${span.until.toISOString()}`,
    "choose a time in between; the end moves on every five minutes",
  );
}

/** RDS restores to whole seconds: the one before the point, so that nothing of what came after it is there. */
async function timeOf(outputs: RdsStack, name: string): Promise<Date> {
  const [row] = await withConnection(databaseTarget(outputs, "migrator"), (connection) =>
    connection.query<{ at: string }>(
      "SELECT floor(extract(epoch FROM set_at))::text AS at FROM landfall.restore_point WHERE name = $1",
      [name],
    ),
  );
  if (row) return new Date(Number(row.at) * 1000);
  throw new LandfallError("usage", `there is no restore point ${name}`, "landfall.restore_point holds their names");
}

const describeFrom = (from: RestoreFrom): string =>
  from === "latest" ? "the latest moment" : "time" in from ? from.time.toISOString() : `the snapshot ${from.snapshot}`;
