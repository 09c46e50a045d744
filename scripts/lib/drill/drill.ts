import type { StackOutputs } from "../../../infra/contract.ts";
import { listBackups } from "../backup/pgbackrest.ts";
import { LandfallError, messageOf } from "../cli/errors.ts";
import type { Reporter } from "../cli/reporter.ts";
import { compareFingerprints, fingerprint } from "../db/fingerprint.ts";
import { withConnection } from "../db/postgres/connection.ts";
import type { LocalBackup } from "../stack/beside.ts";
import { databaseTarget } from "../stack/targets.ts";
import { type Copy, discardCopy, discardLeftovers, prepareCopy, restoreCopy } from "./copy.ts";
import { markMoment } from "./source.ts";

/** One thing that a drill checked. */
export interface Assertion {
  name: string;
  passed: boolean;
  detail: string;
}

export interface DrillResult {
  stack: string;
  startedAt: string;
  backup: string;
  restorePoint: string;
  assertions: Assertion[];
  passed: boolean;
  /** From the start of the restore until the copy answered, milliseconds. */
  recoveryTimeMs: number;
  tables: number;
  rows: string;
}

/**
 * Restores the latest backup beside the running database, recovers it to a moment marked in the source just before, and
 * compares everything that both hold. The source is only read, and the copy is gone afterwards, whatever happens.
 * @throws {LandfallError} "drill" where the drill could not run: that is a failure too
 */
export async function drill(outputs: StackOutputs & { backup: LocalBackup }, reporter: Reporter): Promise<DrillResult> {
  const place = outputs.backup;
  const startedAt = new Date().toISOString();
  const leftovers = await discardLeftovers(place);
  if (leftovers > 0) reporter.note(`removed ${leftovers} copies that interrupted drills had left`);
  const latest = (await listBackups(place)).at(-1);
  if (!latest)
    throw new LandfallError(
      "drill",
      `the stack ${outputs.stack} has no backup to restore`,
      `npm run backup -- --stack ${outputs.stack}`,
    );

  const id = `drill-${startedAt.replaceAll(/[^0-9]/g, "").slice(0, 14)}-${process.pid}`;
  reporter.step(1, 4, "Marking a moment in the source and reading what it holds");
  const moment = await markMoment(outputs, id, reporter);
  reporter.step(2, 4, `Restoring ${latest.label} beside it`);
  const copy = await prepareCopy(place, id);
  try {
    const started = Date.now();
    await restoreCopy(place, copy, moment.restorePoint);
    const recoveryTimeMs = Date.now() - started;
    reporter.step(3, 4, "Comparing the copy with the source");
    const assertions = await examine(outputs, copy, moment.content, reporter);
    const tables = Object.values(moment.content.tables);
    return {
      stack: outputs.stack,
      startedAt,
      backup: latest.label,
      restorePoint: moment.restorePoint,
      assertions,
      passed: assertions.every(({ passed }) => passed),
      recoveryTimeMs,
      tables: tables.length,
      rows: tables.reduce((sum, { rows }) => sum + BigInt(rows), 0n).toString(),
    };
  } finally {
    reporter.step(4, 4, "Removing the copy");
    await discardCopy(copy);
  }
}

async function examine(
  outputs: StackOutputs,
  copy: Copy,
  source: Awaited<ReturnType<typeof fingerprint>>,
  reporter: Reporter,
) {
  const target = {
    ...databaseTarget(outputs, "migrator"),
    host: "127.0.0.1",
    port: copy.port,
    tls: { mode: "disable" as const },
  };
  const assertions: Assertion[] = [];
  const add = (name: string, passed: boolean, detail: string) => assertions.push({ name, passed, detail });
  await withConnection(target, async (connection) => {
    const { recovering, archiving, writable } = await connection.one<
      Record<"recovering" | "archiving" | "writable", string>
    >(
      `SELECT pg_is_in_recovery()::text AS recovering, current_setting('archive_mode') AS archiving,
              current_setting('transaction_read_only') AS writable`,
    );
    add(
      "opens",
      recovering === "false" && writable === "off",
      `recovered and promoted: it takes writes on port ${copy.port}`,
    );
    add("does not archive", archiving === "off", `archive_mode is ${archiving} in the copy`);
    const names = Object.keys(source.tables).length;
    const bar = reporter.progress("reading the copy", names, "tables");
    const content = await fingerprint(connection, (done) => bar.update(done)).finally(() => bar.done());
    const differences = compareFingerprints(source, content);
    const [first, ...more] = differences;
    const rest = more.length > 0 ? `, and ${more.length} more differences` : "";
    add(
      "content equals the source",
      differences.length === 0,
      first ? `${first}${rest}` : `${names} tables: equal rows, equal digests, equal sequences`,
    );
  }).catch((error: unknown) => add("can be read", false, messageOf(error)));
  return assertions;
}
