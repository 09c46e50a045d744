import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { jobsFile, managedJobsOf } from "../../components/schedule.ts";
import type { StackOutputs } from "../../contract.ts";
import type { Schedule } from "../../target.ts";
import type { AwsDatabase } from "./database.ts";
import { drillStatements } from "./drill-permissions.ts";
import type { Ground } from "./ground.ts";
import { ports } from "./groups.ts";
import { node, project } from "./layout.ts";
import type { AwsRecords } from "./records.ts";
import type { AwsRoles } from "./roles.ts";
import { Secret } from "./secrets.ts";
import { runsOnFargate, Task } from "./task.ts";

const home = "/dev/shm";
const script = `set -eu; umask 077
printf %s "$DATABASE_CA" > ${home}/rds-ca.crt
printf %s "$POOLER_CA" > ${home}/ca.crt
printf %s "$OUTPUTS" > ${home}/outputs.json
printf %s "$JOBS" > ${home}/schedule.json
exec ${node} ${project}/scripts/scheduler.mjs --jobs ${home}/schedule.json --state ${home}/schedule \
--outputs ${home}/outputs.json --listen 0.0.0.0:${ports.scheduler}`;

/**
 * Landfall's own scheduler as a service of one task (docs/decisions/0017): it writes markers and runs this repository's verbs.
 * What it remembers is in the bucket of the records, because a task has no disk that stays.
 */
export class AwsSchedule extends pulumi.ComponentResource implements Schedule {
  readonly parts: Schedule["parts"];

  constructor(
    name: string,
    ground: Ground,
    { database, roles, records }: { database: AwsDatabase; roles: AwsRoles; records: AwsRecords },
    outputs: pulumi.Output<StackOutputs>,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:aws:Schedule", name, {}, options);
    const { config } = ground.stack;
    const parent = { parent: this };
    const seen = outputs.apply((values) => JSON.stringify(fromInside(values)));
    const secret = new Secret(
      `${name}-outputs`,
      ground,
      { description: "what the scheduler's jobs are given: the stack's outputs", value: { outputs: seen } },
      parent,
    );
    const task = new Task(
      "scheduler",
      ground,
      {
        image: "ops",
        cpu: Number(ground.config.scheduler.cpu),
        memoryMB: ground.config.scheduler.memory_mb,
        script,
        environment: {
          JOBS: jobsFile(config, managedJobsOf(config)),
          DATABASE_CA: ground.databaseAuthorities,
          POOLER_CA: ground.authorityCertificate,
          SECRET_VERSION: secret.version,
        },
        secrets: { OUTPUTS: secret.key("outputs") },
        secretArns: [secret.arn],
        permissions: [...drillStatements(ground, database), ...records.statements()],
        port: ports.scheduler,
        // The most that Fargate waits: a drill that is told to end removes its copy.
        stopTimeoutSeconds: 120,
      },
      parent,
    );
    const registered = ground.discovery?.register("scheduler", this);
    new aws.ecs.Service(
      "scheduler-service",
      {
        ...runsOnFargate(ground, task, "ops"),
        name: ground.named("scheduler"),
        desiredCount: 1,
        // The old one ends before the new one begins; where both run for once, a lock in the database keeps one waiting.
        deploymentMinimumHealthyPercent: 0,
        deploymentMaximumPercent: 100,
        ...(registered ? { serviceRegistries: { registryArn: registered.arn } } : {}),
        tags: ground.tags("scheduler-service"),
      },
      { parent: this, dependsOn: [roles.ready] },
    );
    const what = "writes markers, and runs drills and the rest on time; npm run schedule asks it";
    // Without exporters nothing can reach it: there is no address that status could ask.
    this.parts = registered
      ? pulumi
          .all([registered.host, task.log.name])
          .apply(([host, log]) => [{ name: "scheduler", what, address: `${host}:${ports.scheduler}`, log }])
      : pulumi.output([]);
    this.registerOutputs({ log: task.log.name });
  }
}

/** The outputs as the task sees them: the authorities' certificates are where its script has put them. */
function fromInside(outputs: StackOutputs): StackOutputs {
  const tls = (caFile: string) => ({ mode: "verify-full" as const, caFile });
  return {
    ...outputs,
    database: { ...outputs.database, tls: tls(`${home}/rds-ca.crt`) },
    pooler: { ...outputs.pooler, tls: tls(`${home}/ca.crt`) },
  };
}
