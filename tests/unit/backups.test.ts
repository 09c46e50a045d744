import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Archive, reachOf } from "../../scripts/lib/backup/archive.ts";
import { causeOf } from "../../scripts/lib/backup/pgbackrest.ts";
import { addRecord, readRecords } from "../../scripts/lib/backup/records.ts";
import {
  type Candidate,
  chooseBackup,
  parseTarget,
  parseTime,
  recoverableSpan,
} from "../../scripts/lib/backup/restore/target.ts";
import { branchesTo, parseLsn, parseSegment, segmentName } from "../../scripts/lib/backup/segments.ts";
import { readReport } from "../../scripts/lib/backup/verify.ts";

const folder = mkdtempSync(join(tmpdir(), "lf-backups-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const archive = (names: string[], history = "", timeline = 1): Archive => ({
  segments: new Map(names.map((name, i) => [name, new Date(Date.UTC(2026, 0, 1, 0, i))])),
  branches: branchesTo(timeline, history),
});
const seg = (number: number, timeline = 1) => segmentName({ timeline, number });

test("a segment's name counts over the end of a log", () => {
  assert.equal(seg(0xff), "0000000100000000000000FF");
  assert.equal(seg(0x100), "000000010000000100000000");
  assert.deepEqual(parseSegment("00000002000000010000000A"), { timeline: 2, number: 0x10a });
  assert.equal(parseLsn("1/10") - parseLsn("0/FFFFFFFF"), 17n);
});

test("a gap in the WAL is named, with its length, and recovery reaches to before it", () => {
  const { last, gap, gapLength } = reachOf(archive([seg(3), seg(4), seg(7), seg(8)]), seg(3));
  assert.deepEqual([last, gap, gapLength], [seg(4), seg(5), 2]);
  assert.equal(reachOf(archive([seg(3), seg(4)]), seg(3)).gap, null);
});

test("WAL that is missing at the end is a gap where it was asked for", () => {
  const { gap, gapLength } = reachOf(archive([seg(3)]), seg(3), seg(5));
  assert.deepEqual([gap, gapLength], [seg(4), 2]);
});

test("recovery follows a restore to the new timeline, and what the old one went on with does not count", () => {
  // Timeline 1 was left in segment 5 and went on to 6; timeline 2 begins with a copy of 5.
  const all = archive(
    [seg(3), seg(4), seg(5), seg(6), seg(5, 2), seg(6, 2)],
    "1\t0/5000060\tno recovery target specified\n",
    2,
  );
  const reach = reachOf(all, seg(3));
  assert.deepEqual([reach.last, reach.gap, reach.current], [seg(6, 2), null, true]);
  assert.equal(reachOf(all, seg(6)).current, false, "a backup from after the branch leads nowhere new");
});

const candidate = (label: string, endedAt: string, from: number, until: string | null, repository = 1): Candidate => ({
  backup: {
    label,
    type: "full",
    repository,
    startedAt: endedAt,
    endedAt,
    databaseBytes: 1,
    repositoryBytes: 1,
    wal: { first: seg(from), last: seg(from) },
    stopLsn: `0/${from}000100`,
    systemIdentifier: "1",
    damaged: false,
  },
  reach: { until: until ? new Date(until) : null, last: until ? seg(9) : null, gap: null, gapLength: 0, current: true },
});
const monday = candidate("monday", "2026-01-05T02:00:00Z", 2, "2026-01-07T00:00:00Z");
const tuesday = candidate("tuesday", "2026-01-06T02:00:00Z", 4, "2026-01-07T00:00:00Z");
const both = [monday, tuesday];

test("a time is restored from the newest backup before it", () => {
  const at = (time: string) => chooseBackup(both, { to: "time", time: new Date(time) }, []).backup.label;
  assert.equal(at("2026-01-05T12:00:00Z"), "monday");
  assert.equal(at("2026-01-06T12:00:00Z"), "tuesday");
  assert.equal(at("2026-01-06T02:00:00Z"), "monday", "a backup ends some time within its last second");
});

test("a time outside the span is refused, on both sides; a running database carries the span to now", () => {
  const at = (time: string, now?: Date) => () => chooseBackup(both, { to: "time", time: new Date(time) }, [], { now });
  for (const time of ["2026-01-05T01:00:00Z", "2026-01-07T00:00:01Z"])
    assert.throws(at(time), /outside the recoverable span/);
  assert.equal(at("2026-01-07T00:00:01Z", new Date("2026-01-08T00:00:00Z"))().backup.label, "tuesday");
  assert.deepEqual(recoverableSpan([]), null);
});

test("a backup whose own WAL is missing is not chosen", () => {
  const broken = { ...tuesday, reach: { ...tuesday.reach, until: null, last: null, gap: seg(4) } };
  assert.equal(chooseBackup([monday, broken], { to: "latest" }, []).backup.label, "monday");
  assert.throws(() => chooseBackup([broken], { to: "latest" }, []), /no backup can be restored: the WAL segment/);
});

test("a restore point is restored from a backup before it, known by its place in the WAL", () => {
  const point = { name: "deploy", at: "2026-01-06T01:00:00Z", lsn: "0/3000000" };
  assert.equal(chooseBackup(both, { to: "name", name: "deploy" }, [point]).backup.label, "monday");
  assert.throws(() => chooseBackup(both, { to: "name", name: "other" }, [point]), /no record of a restore point other/);
  assert.throws(() => chooseBackup([tuesday], { to: "name", name: "deploy" }, [point]), /older than every backup/);
});

test("of equal backups the first repository's is taken", () => {
  const other = { ...tuesday, backup: { ...tuesday.backup, repository: 2 } };
  assert.equal(chooseBackup([tuesday, other], { to: "latest" }, []).backup.repository, 1);
});

test("a time without its zone is no time, and two targets are none", () => {
  assert.throws(() => parseTime("2026-01-01 02:00"), /not a time with its zone/);
  assert.equal(parseTime("2026-01-01 02:00+01").toISOString(), "2026-01-01T01:00:00.000Z");
  assert.throws(() => parseTarget({ time: "2026-01-01T00:00:00Z", name: "x" }), /--time and --name together/);
});

test("pgBackRest's report is read, because its exit code is 0 whatever it finds", () => {
  const bad = `stanza: main
status: error
  archiveId: 15-1, total WAL checked: 3, total valid WAL: 2
    missing: 0, checksum invalid: 1, size invalid: 0, other: 0
  backup: 20260101-000000F, status: invalid, total files checked: 10, total valid files: 9
    missing: 1, checksum invalid: 0, size invalid: 0, other: 0`;
  assert.deepEqual(readReport(bad), {
    problems: ["WAL archive 15-1: 1 checksum invalid", "backup 20260101-000000F: 1 missing"],
    files: 13,
  });
  assert.deepEqual(
    readReport(bad.replaceAll(/: 1\b/g, ": 0").replace("error", "ok").replace("invalid, total", "valid, total"))
      .problems,
    [],
  );
  assert.equal(readReport("stanza: main\nstatus: error\n  No usable backup.info file").problems.length, 1);
});

test("a cause goes on over pgBackRest's indented lines", () => {
  const stdout =
    "P00   WARN: something\nERROR: [082]: unable to write 'x':\n             [28] No space left on device\nP00 INFO: done";
  assert.equal(causeOf({ code: 82, stdout, stderr: "" }), "[082]: unable to write 'x': [28] No space left on device");
  for (const stale of ["", ": [2] No such file or directory"]) {
    const short = { code: 64, stdout: `ERROR: [064]: unable to write 'x'${stale}`, stderr: "" };
    assert.match(causeOf(short), /^\[064\]: unable to write 'x': only a part of it could be written, .*no space left/);
  }
});

test("a record that a killed process left half-written costs only itself", () => {
  addRecord(folder, "backups", { label: "one" });
  appendFileSync(join(folder, "backups.jsonl"), '{"label":"half');
  addRecord(folder, "backups", { label: "two" });
  assert.deepEqual(readRecords(folder, "backups"), [{ label: "one" }, { label: "two" }]);
  writeFileSync(join(folder, "x"), "");
});
