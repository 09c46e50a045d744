import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { tagKeys } from "../../scripts/lib/backup/rds/tags.ts";
import { type ApiCall, denied } from "../support/iam.ts";
import { planStack } from "../support/planned-stack.ts";

const root = join(import.meta.dirname, "..", "..");
const { resources, outputs } = await planStack("production");
const policy = String(
  resources.find(({ type, name }) => /rolePolicy:/.test(type) && name === "scheduler-task-policy")?.props.policy,
);
const { drill } = outputs.backup as { drill: { subnetGroup: string; parameterGroup: string } };

const [container] = JSON.parse(
  String(resources.find(({ name }) => name === "scheduler-definition")?.props.containerDefinitions),
) as { environment: { name: string; value: string }[]; stopTimeout: number }[];
const jobs = container?.environment.find(({ name }) => name === "JOBS")?.value ?? "";

const arn = (rest: string) => `arn:aws:rds:eu-central-1:123456789012:${rest}`;
const source = arn("db:landfall-production");
const copy = arn("db:landfall-production-drill-20261125t101500");
const asked = { [`aws:RequestTag/${tagKeys.madeFor}`]: "drill" };
const tagged = { [`aws:ResourceTag/${tagKeys.madeFor}`]: "drill" };
const throughRds = { "kms:ViaService": "rds.eu-central-1.amazonaws.com" };
const throughS3 = { "kms:ViaService": "s3.eu-central-1.amazonaws.com" };
const bucket = "arn:records";
const object = `${bucket}/landfall/production/drills.jsonl`;
const groups = [arn(`subgrp:${drill.subnetGroup}`), arn(`pg:${drill.parameterGroup}`), arn("og:default:postgres-17")];

/** Commands of the SDK that the scheduler and its jobs send, and what each asks of IAM. */
const needed: Record<string, ApiCall[]> = {
  DescribeDBInstances: [
    { action: "rds:DescribeDBInstances", resources: [source] },
    { action: "rds:DescribeDBInstances", resources: [copy] },
    { action: "rds:DescribeDBInstances", resources: [arn("db:*")] },
  ],
  DescribeDBSnapshots: [
    {
      action: "rds:DescribeDBSnapshots",
      resources: [source, arn("snapshot:*"), arn("snapshot:rds:landfall-production-1")],
    },
  ],
  RestoreDBInstanceToPointInTime: [
    { action: "rds:RestoreDBInstanceToPointInTime", resources: [source, copy, ...groups], context: asked },
    { action: "rds:AddTagsToResource", resources: [copy], context: asked },
    { action: "kms:CreateGrant", resources: ["arn:ground-key"], context: throughRds },
    { action: "kms:DescribeKey", resources: ["arn:ground-key"], context: throughRds },
  ],
  ModifyDBInstance: [{ action: "rds:ModifyDBInstance", resources: [copy], context: tagged }],
  DeleteDBInstance: [{ action: "rds:DeleteDBInstance", resources: [copy], context: tagged }],
  GetObject: [
    { action: "s3:GetObject", resources: [object] },
    { action: "s3:ListBucket", resources: [bucket] },
    { action: "kms:Decrypt", resources: ["arn:ground-key"], context: throughS3 },
  ],
  PutObject: [
    { action: "s3:PutObject", resources: [object] },
    { action: "kms:GenerateDataKey", resources: ["arn:ground-key"], context: throughS3 },
  ],
};

/** Commands in the files that they load, of functions that they do not call. */
const ofOtherVerbs: Record<string, string> = {
  CreateDBSnapshot: "npm run backup",
  DeleteDBSnapshot: "npm run backup, by retention",
  RestoreDBInstanceFromDBSnapshot: "npm run restore -- --set",
};

/** The commands of the SDK in a file and in everything of this repository that it imports. */
function commandsBelow(file: string, seen = new Set<string>()): Set<string> {
  const found = new Set<string>();
  if (seen.has(file) || !existsSync(file)) return found;
  seen.add(file);
  const text = readFileSync(file, "utf8");
  for (const [, name = ""] of text.matchAll(/new (\w+)Command\(/g)) found.add(name);
  for (const [, name = ""] of text.matchAll(/\bpaginate(\w+)\(/g)) found.add(name);
  for (const [, path = ""] of text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
    for (const name of commandsBelow(join(dirname(file), path), seen)) found.add(name);
  }
  return found;
}

/** The scheduler itself, and the verbs that it runs. */
const schedule = JSON.parse(jobs) as { jobs: { verb: string }[] };
const started = ["scheduler", ...schedule.jobs.map(({ verb }) => verb)].map((verb) => `scripts/${verb}.mjs`);
const seen = new Set<string>();
const sent = new Set(started.flatMap((file) => [...commandsBelow(join(root, file), seen)]));

test("the scheduler runs vacuum, the drill and the digest of slow queries; backups are RDS's", () => {
  assert.deepEqual(
    schedule.jobs.map(({ verb }) => verb),
    ["vacuum", "drill", "slow-queries"],
  );
});

test("each command of the SDK that the code has is in the table of what it needs, or is another verb's", () => {
  const known = [...Object.keys(needed), ...Object.keys(ofOtherVerbs)];
  assert.deepEqual([...sent].sort(), known.sort());
});

for (const [command, calls] of Object.entries(needed)) {
  test(`the scheduler's task may call ${command}, and what AWS asks for with it`, () => {
    for (const call of calls) assert.deepEqual(denied(policy, call), [], call.action);
  });
}

test("the scheduler's task has no right that no command of its code needs", () => {
  const { Statement } = JSON.parse(policy) as { Statement: { Action: string[]; Resource: string[] }[] };
  const given = Statement.flatMap(({ Action }) => Action);
  const wanted = new Set(Object.values(needed).flatMap((calls) => calls.map(({ action }) => action)));
  assert.deepEqual(given.toSorted(), [...wanted].sort());
  const patterns = Statement.flatMap(({ Action, Resource }) =>
    Resource.filter((resource) => resource === "*" || /[:/]\*$/.test(resource)).map(() => Action.join()),
  );
  const expected = ["rds:DescribeDBInstances", "rds:DescribeDBSnapshots", "s3:GetObject,s3:PutObject"];
  assert.deepEqual(patterns, expected, "only lists are of everything, and the records below their prefix");
});

const forbidden: Record<string, ApiCall> = {
  "delete the database": { action: "rds:DeleteDBInstance", resources: [source], context: tagged },
  "change the database": { action: "rds:ModifyDBInstance", resources: [source], context: tagged },
  "delete a copy that has not a drill's tag": { action: "rds:DeleteDBInstance", resources: [copy] },
  "delete another stack's copy": {
    action: "rds:DeleteDBInstance",
    resources: [arn("db:landfall-staging-drill-1")],
    context: tagged,
  },
  "restore under another name": {
    action: "rds:RestoreDBInstanceToPointInTime",
    resources: [arn("db:landfall-production-copy-1")],
    context: asked,
  },
  "restore without the tag by which it is found again": {
    action: "rds:RestoreDBInstanceToPointInTime",
    resources: [copy],
  },
  "restore another instance": {
    action: "rds:RestoreDBInstanceToPointInTime",
    resources: [arn("db:landfall-staging")],
    context: asked,
  },
  "put a drill's tag on the database": { action: "rds:AddTagsToResource", resources: [source], context: asked },
  "use the key itself": { action: "kms:CreateGrant", resources: ["arn:ground-key"] },
  "use another key": { action: "kms:CreateGrant", resources: ["arn:another"], context: throughRds },
  "read the key's data": { action: "kms:Decrypt", resources: ["arn:ground-key"], context: throughRds },
  "read what the key hides, but through S3": { action: "kms:Decrypt", resources: ["arn:ground-key"] },
  "delete evidence": { action: "s3:DeleteObject", resources: [object] },
  "delete a version of it": { action: "s3:DeleteObjectVersion", resources: [object] },
  "write beside the stack's records": {
    action: "s3:PutObject",
    resources: [`${bucket}/landfall/staging/drills.jsonl`],
  },
  "read another bucket": { action: "s3:GetObject", resources: ["arn:another/landfall/production/drills.jsonl"] },
  "delete a snapshot": { action: "rds:DeleteDBSnapshot", resources: [arn("snapshot:landfall-production-manual-1")] },
};
for (const [what, call] of Object.entries(forbidden)) {
  test(`the scheduler's task may not ${what}`, () => assert.deepEqual(denied(policy, call), call.resources));
}

const service = resources.find(({ name }) => name === "scheduler-service")?.props ?? {};

test("there is one scheduler: the old one ends before a new one begins", () => {
  const { desiredCount, deploymentMinimumHealthyPercent: least, deploymentMaximumPercent: most } = service;
  assert.deepEqual([desiredCount, least, most], [1, 0, 100]);
  assert.equal(service.taskDefinition, "arn:scheduler-definition");
});

test("from where the scheduler runs it reaches the database, its copy, RDS's API, its records, its image and its log", () => {
  const { securityGroups } = service.networkConfiguration as { securityGroups: string[] };
  assert.deepEqual(securityGroups, ["groups-ops-id"]);
  const reached = resources
    .filter(({ type, props }) => /EgressRule:/.test(type) && props.securityGroupId === "groups-ops-id")
    .map(({ props }) => `${props.referencedSecurityGroupId ?? props.prefixListId}:${props.toPort}`);
  for (const wanted of ["groups-database-id:5432", "groups-drill-id:5432", "groups-endpoints-id:443", "pl-s3:443"]) {
    assert.ok(reached.includes(wanted), wanted);
  }
  const endpoints = resources
    .filter(({ type }) => type === "aws:ec2/vpcEndpoint:VpcEndpoint")
    .map(({ props }) => String(props.serviceName).replace("com.amazonaws.eu-central-1.", ""));
  for (const wanted of ["rds", "logs", "secretsmanager", "ecr.api", "ecr.dkr", "s3"]) {
    assert.ok(endpoints.includes(wanted), wanted);
  }
});
