import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DescribeDBInstancesCommand, ListTagsForResourceCommand, RDSClient } from "@aws-sdk/client-rds";
import { type RdsPlace, rdsPlace } from "../../scripts/lib/backup/rds/client.ts";
import { listMade, removeInstance, restoreInstance } from "../../scripts/lib/backup/rds/instances.ts";
import { rdsRestoreVerb } from "../../scripts/lib/backup/rds/restore.ts";
import { type Snapshot, snapshotsToRemove } from "../../scripts/lib/backup/rds/snapshots.ts";
import { rdsBackupsVerb, rdsBackupVerb } from "../../scripts/lib/backup/rds/verbs.ts";
import type { RestoreOptions } from "../../scripts/lib/backup/restore/verb.ts";
import { setRestorePoint } from "../../scripts/lib/backup/restore-points.ts";
import { LandfallError } from "../../scripts/lib/cli/errors.ts";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import type { Target } from "../../scripts/lib/db/postgres/target.ts";
import { hasFailed } from "../../scripts/lib/drill/assertions.ts";
import { checkEvidence, readDrills } from "../../scripts/lib/drill/evidence.ts";
import { type Connect, rdsDrill } from "../../scripts/lib/drill/rds/drill.ts";
import { drillFigures } from "../../scripts/lib/drill/rds/records.ts";
import type { RdsSabotage } from "../../scripts/lib/drill/sabotage/rds/sabotage.ts";
import { chooseRdsSabotage, notOnRds, rdsSabotages } from "../../scripts/lib/drill/sabotage/rds/sabotages.ts";
import { sabotages } from "../../scripts/lib/drill/sabotage/sabotages.ts";
import { rdsSabotageVerb } from "../../scripts/lib/drill/sabotage/verb.ts";
import type { RdsStack } from "../../scripts/lib/stack/beside.ts";
import { folderStore } from "../../scripts/lib/store/folder.ts";
import { type ApiCall, denied } from "../support/iam.ts";
import { installMoto, type Moto, startMoto } from "../support/moto.ts";
import { planStack } from "../support/planned-stack.ts";
import { noPostgres } from "../support/postgres.ts";
import { RdsCopies } from "../support/rds-copies.ts";
import { customers, makeInstance, rdsBackup, rdsOutputs } from "../support/rds-stack.ts";

// moto answers for RDS's API; a local server, recovered to the drill's moment, stands where the restored instance would be.
const python = await installMoto();
const skip = noPostgres || (typeof python === "string" ? python : false);
const { identifier, region } = rdsBackup;
const patience = { pollMs: 20, timeoutMs: 30_000 };
const records = mkdtempSync(join(tmpdir(), "lf-rds-"));
Object.assign(process.env, {
  AWS_ACCESS_KEY_ID: "testing",
  AWS_SECRET_ACCESS_KEY: "testing",
  LANDFALL_RECORDS: records,
});
const store = folderStore(records);
let moto: Moto;
let copies: RdsCopies;
let outputs: RdsStack;
let place: RdsPlace;
let source: Target;

const client = () => new RDSClient({ region, endpoint: moto.endpoint });
const restoreOptions: RestoreOptions = {
  stack: "production",
  json: false,
  dryRun: false,
  beside: true,
  delta: false,
  yes: false,
  removeOld: false,
};

before(async () => {
  if (skip || typeof python === "string") return;
  [moto, copies] = await Promise.all([startMoto(python), RdsCopies.start()]);
  await makeInstance(moto);
  source = await customers(copies.server);
  await copies.backUp();
  outputs = rdsOutputs(source);
  place = rdsPlace(outputs.backup, moto.endpoint);
  copies.watch(place.client);
});
after(async () => {
  rmSync(records, { recursive: true, force: true });
  await copies?.stop();
  await moto?.stop();
});

const standIn = (damage = "") => copies.connect(source, damage);

async function drillWith(connect: Connect, more: { to?: Date; sabotage?: RdsSabotage } = {}) {
  try {
    return await rdsDrill(outputs, { to: "latest", place, patience, connect, records: store, ...more }, silentReporter);
  } finally {
    await copies.discard();
  }
}
const failures = ({ assertions }: Awaited<ReturnType<typeof drillWith>>) =>
  assertions.filter(hasFailed).map(({ name, detail }) => `${name}: ${detail}`);
const instances = async () => {
  const { DBInstances = [] } = await client().send(new DescribeDBInstancesCommand({}));
  return DBInstances.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier);
};

test("a backup is a snapshot with a name and tags, and is listed with the span", { skip }, async () => {
  const options = { type: "full", dryRun: false };
  const { data } = await rdsBackupVerb(outputs, options, silentReporter, { place, patience });
  const { snapshot } = data as { snapshot: Snapshot };
  assert.match(snapshot.name, /^shop-production-manual-\d{8}t\d{6}$/);
  assert.equal(snapshot.encrypted, true);
  const list = await rdsBackupsVerb(outputs, { verify: false, expire: false, dryRun: false }, { place });
  assert.match(list.text, new RegExp(`${snapshot.name} +manual +available`));
  assert.match(list.text, /rds:shop-production-\S+ +automated/);
  assert.match(list.text, /never drilled: npm run drill/);
  assert.match(list.text, /any moment from \d{4}-.* to \d{4}-.* \(UTC\) can be restored/);
});

test("retention lets go of our own old snapshots, never of the newest two or of anyone else's", () => {
  const snapshot = (name: string, createdAt: string, ours = true): Snapshot => {
    return { name, type: "manual", status: "available", createdAt, sizeGiB: 1, encrypted: true, ours };
  };
  const old = ["2026-01-01", "2026-01-02", "2026-01-03"].map((at) => snapshot(at, `${at}T00:00:00.000Z`));
  const strange = snapshot("by-hand", "2025-01-01T00:00:00.000Z", false);
  const now = new Date("2026-02-08T12:00:00Z");
  assert.deepEqual(snapshotsToRemove([...old, strange], 35, now), ["2026-01-01"]);
  assert.deepEqual(snapshotsToRemove(old, 60, now), []);
});

test("a restore beside makes an instance in the drill's groups, and only that can be removed", { skip }, async () => {
  const at = { place, patience };
  const { data } = await rdsRestoreVerb(outputs, restoreOptions, silentReporter, at);
  const { name } = data as { name: string };
  const { DBInstances: [copy] = [] } = await client().send(
    new DescribeDBInstancesCommand({ DBInstanceIdentifier: name }),
  );
  assert.deepEqual(
    copy?.VpcSecurityGroups?.map(({ VpcSecurityGroupId }) => VpcSecurityGroupId),
    ["sg-drill"],
  );
  assert.ok(!copy?.PubliclyAccessible);
  // moto gives a copy the source's protection: removing it has to take that off first.
  assert.equal(copy?.DeletionProtection, true);
  await assert.rejects(
    rdsRestoreVerb(outputs, { ...restoreOptions, removeCopy: identifier }, silentReporter, at),
    (error) => error instanceof LandfallError && error.code === "refused",
  );
  await rdsRestoreVerb(outputs, { ...restoreOptions, removeCopy: name }, silentReporter, at);
  assert.deepEqual(await instances(), [identifier]);
  const snapshots = await rdsBackupsVerb(outputs, { verify: false, expire: false, dryRun: false }, { place });
  const set = (snapshots.data as { snapshots: Snapshot[] }).snapshots.find(({ ours }) => ours)?.name ?? "";
  const second = await rdsRestoreVerb(outputs, { ...restoreOptions, set }, silentReporter, at);
  const removeCopy = (second.data as { name: string }).name;
  await rdsRestoreVerb(outputs, { ...restoreOptions, removeCopy }, silentReporter, at);
});

test("a target that RDS cannot reach is refused before anything is made", { skip }, async () => {
  const restore = (more: Partial<RestoreOptions>) =>
    rdsRestoreVerb(outputs, { ...restoreOptions, ...more }, silentReporter, { place, patience });
  await assert.rejects(restore({ time: "2020-01-01T00:00:00Z" }), /cannot be restored: RDS reaches from/);
  await assert.rejects(restore({ xid: "12" }), /RDS cannot restore to a transaction/);
  await assert.rejects(restore({ beside: false }), /never in place/);
  await assert.rejects(restore({ set: "nothing" }), /nothing is no snapshot of shop-production/);
  const point = await withConnection(source, (connection) => setRestorePoint(connection, "before-migrate"));
  // moto's first snapshot is a few seconds old: the point's second may lie before or after it, the name is known.
  const named = restore({ name: point.name, dryRun: true }).then(({ text }) => text, String);
  assert.match(await named, new RegExp(point.at.slice(0, 19)));
  await assert.rejects(restore({ name: "unknown" }), /there is no restore point unknown/);
  assert.deepEqual(await instances(), [identifier]);
});

test("a drill of a sound backup passes each assertion and leaves nothing", { skip }, async () => {
  const result = await drillWith(standIn());
  assert.deepEqual(failures(result), []);
  assert.deepEqual(await checkEvidence(store), []);
  assert.equal((await readDrills(store)).at(-1)?.passed, true);
  assert.match(readFileSync(join(records, "drills", "latest.html"), "utf8"), /Restore drill of production: .*passed/);
  assert.match(readFileSync(join(records, "landfall-drill.prom"), "utf8"), /^landfall_drill_last_passed 1$/m);
  const { _aws, ...values } = JSON.parse(drillFigures(result));
  assert.deepEqual([values.Stack, values.DrillPassed], ["production", 1]);
  assert.equal(_aws.CloudWatchMetrics[0].Metrics.length, 3);
  assert.equal(result.passed, true);
  assert.equal(result.assertions.length, 22);
  assert.ok(result.recoveryTimeMs !== null && result.recoveryPointMs !== null);
  assert.deepEqual(await instances(), [identifier]);
});

/** A call of the SDK as IAM judges it: of moto's instance, with what AWS asks for the groups and tags that it names. */
function judged(command: string, input: Record<string, unknown>): ApiCall {
  const arn = (kind: string, name: unknown) => `arn:aws:rds:${region}:123456789012:${kind}:${name}`;
  const db = (name: unknown) => arn("db", name ?? "*");
  const action = `rds:${command.replace(/Command$/, "")}`;
  const tags = (input.Tags ?? []) as { Key: string; Value: string }[];
  const context = Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value]));
  if (action === "rds:DescribeDBSnapshots") return { action, resources: [db(input.DBInstanceIdentifier)] };
  if (action === "rds:RestoreDBInstanceToPointInTime") {
    const names = [input.SourceDBInstanceIdentifier, input.TargetDBInstanceIdentifier].map(db);
    const groups = [arn("subgrp", input.DBSubnetGroupName), arn("pg", input.DBParameterGroupName)];
    return { action, resources: [...names, ...groups, arn("og", "default:postgres-17")], context };
  }
  const one = { action, resources: [db(input.DBInstanceIdentifier)] };
  return action.startsWith("rds:Describe")
    ? one
    : { ...one, context: { "aws:ResourceTag/landfall:made-for": "drill" } };
}

test("the permissions of the scheduled drill's task allow every call that a drill makes", { skip }, async () => {
  const { resources } = await planStack("production");
  const inputOf = (type: string, name: string) =>
    resources.find((resource) => resource.type.endsWith(type) && resource.name === name)?.props ?? {};
  const given = String(inputOf("rolePolicy:RolePolicy", "scheduler-task-policy").policy);
  const policy = given
    .replaceAll(/(subgrp:)[^"]+/g, "$1shop-subnets")
    .replaceAll(/(pg:)[^"]+/g, "$1shop-17")
    .replaceAll("landfall-production", identifier);
  const calls: ApiCall[] = [];
  const restored: Record<string, unknown>[] = [];
  place.client.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        const input = args.input as Record<string, unknown>;
        calls.push(judged(commandName ?? "", input));
        if (commandName?.startsWith("Restore")) restored.push(input);
        return next(args);
      },
    { step: "initialize", name: "watch" },
  );
  try {
    assert.equal((await drillWith(standIn())).passed, true);
  } finally {
    place.client.middlewareStack.remove("watch");
  }
  // moto ignores these and answers with the source's; RDS does as it is asked.
  const wanted = { DeletionProtection: false, PubliclyAccessible: false, MultiAZ: false };
  assert.deepEqual(
    restored.map((input) => Object.fromEntries(Object.keys(wanted).map((key) => [key, input[key]]))),
    [wanted],
  );
  const refused = calls.flatMap((call) => denied(policy, call).map((resource) => `${call.action} on ${resource}`));
  assert.deepEqual(refused, []);
  const actions = new Set(calls.map(({ action }) => action));
  assert.deepEqual([...actions].sort(), [
    "rds:DeleteDBInstance",
    "rds:DescribeDBInstances",
    "rds:DescribeDBSnapshots",
    "rds:ModifyDBInstance",
    "rds:RestoreDBInstanceToPointInTime",
  ]);
});

test("a copy that differs makes the drill fail with the difference, and is removed all the same", {
  skip,
}, async () => {
  const changed = await drillWith(standIn("UPDATE customer SET name = 'someone' WHERE id = 7"));
  assert.match(failures(changed).join(), /content: rows and values: public\.customer/);
  const grant = await drillWith(standIn("REVOKE SELECT ON customer FROM app"));
  assert.match(failures(grant).join(), /content: roles and grants: .*use: smoke queries/s);
  const early = await drillWith(standIn("DELETE FROM landfall.marker"));
  assert.match(failures(early).join(), /stopped at the target: marker \d+, written before the target, is not there/);
  const unreachable = await drillWith(() => ({ ...source, database: "nowhere" }));
  assert.match(failures(unreachable).join(), /recovery: recovered: .*nowhere/);
  assert.deepEqual(await instances(), [identifier]);
});

test("what a killed drill left is removed first; one that may still run is not touched", { skip }, async () => {
  const left = (name: string, expires: Date) =>
    restoreInstance(place, { name, from: "latest", madeFor: "drill", expires });
  await left(`${identifier}-drill-1`, new Date(Date.now() - 1000));
  await left(`${identifier}-drill-2`, new Date(Date.now() + 3600_000));
  await assert.rejects(drillWith(standIn()), /another drill of this instance may still run: shop-production-drill-2/);
  const [running] = await listMade(place, "drill");
  assert.equal(running?.DBInstanceIdentifier, `${identifier}-drill-2`);
  const { TagList = [] } = await client().send(
    new ListTagsForResourceCommand({ ResourceName: running?.DBInstanceArn ?? "" }),
  );
  assert.ok(TagList.some(({ Key, Value }) => Key === "landfall:source" && Value === identifier));
  await rdsRestoreVerb(outputs, { ...restoreOptions, removeCopy: `${identifier}-drill-2` }, silentReporter, {
    place,
    patience,
  }).then(
    () => assert.fail("a drill's instance is no copy"),
    (error) => assert.match(String(error), /is no copy of/),
  );
  await removeInstance(place, `${identifier}-drill-2`, "drill", patience, silentReporter);
});

test("what goes wrong at AWS is said in one sentence, with what to do", { skip }, async () => {
  const list = (backup: Partial<RdsStack["backup"]>, endpoint = moto.endpoint) =>
    rdsBackupVerb(outputs, { type: "full", dryRun: false }, silentReporter, {
      place: rdsPlace({ ...outputs.backup, ...backup }, endpoint),
      patience,
    });
  await assert.rejects(
    list({ identifier: "no-such" }),
    (error) => error instanceof LandfallError && /no such RDS instance/.test(error.message) && error.code === "backup",
  );
  await assert.rejects(list({}, "http://127.0.0.1:9"), /RDS's API cannot be reached/);
  const kept = { ...process.env };
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) delete process.env[name];
  Object.assign(process.env, {
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_SHARED_CREDENTIALS_FILE: "/nowhere",
    AWS_CONFIG_FILE: "/nowhere",
  });
  try {
    await assert.rejects(list({}), /no AWS credentials were found/);
  } finally {
    Object.assign(process.env, kept);
  }
});

test("every sabotage of RDS makes the drill fail, for its cause; the others are told with the reason", {
  skip,
}, async () => {
  const digest = () => withConnection(source, (connection) => connection.query("SELECT * FROM customer ORDER BY id"));
  const [before, drills] = [await digest(), (await readDrills(store)).length];
  const given = { place, patience, connect: standIn(), records: store };
  const { text, data, problem } = await rdsSabotageVerb(outputs, { dryRun: false }, silentReporter, given);
  await copies.discard();
  console.log(text);
  assert.equal(problem, undefined);
  const { verdicts, killRate } = data as { verdicts: { name: string }[]; killRate: number };
  assert.equal(killRate, 1);
  assert.deepEqual(
    verdicts.map(({ name }) => name),
    rdsSabotages.map(({ name }) => name),
  );
  assert.match(text, /^wal-segment-gone +not applicable .*out of reach/m);
  assert.match(
    text,
    new RegExp(`kill rate: (\\d+) of \\1 \\(100 %\\); ${Object.keys(notOnRds).length} not applicable`),
  );
  assert.deepEqual(await digest(), before);
  assert.deepEqual(await instances(), [identifier]);
  assert.equal((await readDrills(store)).length, drills + 1, "only the drill without sabotage is on record");
});

test("each sabotage of pgBackRest is one of RDS too, or says why not", () => {
  const known = new Set([...rdsSabotages.map(({ name }) => name), ...Object.keys(notOnRds)]);
  assert.deepEqual(
    sabotages.map(({ name }) => name).filter((name) => !known.has(name)),
    [],
  );
  assert.throws(() => chooseRdsSabotage("page-flipped"), /page-flipped does not apply to RDS: the data folder/);
});

test("a sabotage does nothing where the copy's address leads to the source", { skip }, async () => {
  const count = () => withConnection(source, (connection) => connection.query("SELECT count(*) FROM customer"));
  const before = await count();
  for (const name of ["table-emptied", "row-changed", "recovery-ended-early"]) {
    const result = await drillWith(() => source, { sabotage: chooseRdsSabotage(name) });
    assert.match(failures(result).join(), /is the source itself: nothing was damaged/);
  }
  assert.deepEqual(await count(), before);
});
