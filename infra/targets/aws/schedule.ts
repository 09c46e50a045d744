import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { StackOutputs } from "../../contract.ts";
import type { Schedule } from "../../target.ts";
import { awsCron } from "./cron.ts";
import type { AwsDatabase } from "./database.ts";
import { drillStatements } from "./drill-permissions.ts";
import type { Ground } from "./ground.ts";
import { node, project } from "./layout.ts";
import { allow, trust } from "./policy-documents.ts";
import { Secret } from "./secrets.ts";
import { Task } from "./task.ts";

const script = `set -eu; umask 077
printf %s "$DATABASE_CA" > /dev/shm/rds-ca.crt
printf %s "$POOLER_CA" > /dev/shm/ca.crt
printf %s "$OUTPUTS" > /dev/shm/outputs.json
exec ${node} ${project}/scripts/drill.mjs --stack "$STACK"`;

/** EventBridge Scheduler starts this repository's own restore drill as a task; a drill that fails tells the topic. */
export class AwsSchedule extends pulumi.ComponentResource implements Schedule {
  readonly parts: Schedule["parts"];

  constructor(
    name: string,
    ground: Ground,
    database: AwsDatabase,
    outputs: pulumi.Output<StackOutputs>,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:aws:Schedule", name, {}, options);
    const { backups, timezone } = ground.config;
    const parent = { parent: this };
    const seen = outputs.apply((values) => JSON.stringify(fromInside(values)));
    const secret = new Secret(
      `${name}-outputs`,
      ground,
      { description: "what the drill is given: the stack's outputs", value: { outputs: seen } },
      parent,
    );
    const task = new Task(
      "drill",
      ground,
      {
        image: "ops",
        cpu: 1024,
        memoryMB: 2048,
        script,
        environment: {
          STACK: ground.stack.name,
          LANDFALL_OUTPUTS: "/dev/shm/outputs.json",
          DATABASE_CA: ground.databaseAuthorities,
          POOLER_CA: ground.authorityCertificate,
        },
        secrets: { OUTPUTS: secret.key("outputs") },
        secretArns: [secret.arn],
        permissions: drillStatements(ground, database),
      },
      parent,
    );
    const group = new aws.scheduler.ScheduleGroup(
      `${name}-group`,
      { name: ground.named(), tags: ground.tags("schedule") },
      parent,
    );
    const role = new aws.iam.Role(
      `${name}-role`,
      {
        name: ground.named("schedule"),
        description: "EventBridge Scheduler starts the drill",
        assumeRolePolicy: trust("scheduler.amazonaws.com"),
        tags: ground.tags("schedule-role"),
      },
      parent,
    );
    const policy = allow([
      {
        actions: ["ecs:RunTask"],
        resources: [task.definition.arn],
        conditions: { ArnEquals: { "ecs:cluster": ground.cluster.arn } },
      },
      {
        actions: ["iam:PassRole"],
        resources: [task.executionRole.arn, task.taskRole.arn],
        conditions: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
      },
    ]);
    const granted = new aws.iam.RolePolicy(`${name}-policy`, { role: role.name, policy }, parent);
    new aws.scheduler.Schedule(
      `${name}-drill`,
      {
        name: ground.named("drill"),
        groupName: group.name,
        description: "restores the database beside the running one and compares the two",
        state: "ENABLED",
        scheduleExpression: awsCron(backups.drill),
        scheduleExpressionTimezone: timezone,
        flexibleTimeWindow: { mode: "OFF" },
        target: {
          arn: ground.cluster.arn,
          roleArn: role.arn,
          retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 3600 },
          ecsParameters: {
            taskDefinitionArn: task.definition.arn,
            launchType: "FARGATE",
            taskCount: 1,
            networkConfiguration: {
              subnets: ground.network.subnets,
              securityGroups: [ground.network.groups.id("ops")],
              assignPublicIp: false,
            },
          },
        },
      },
      { parent: this, dependsOn: [granted] },
    );
    tellFailures(name, ground, task, this);
    // Nothing here listens: there is no address that status could ask.
    this.parts = pulumi.output([]);
    this.registerOutputs({ group: group.name });
  }
}

/** A task that ends badly is an event; the topic is told. */
function tellFailures(name: string, ground: Ground, task: Task, parent: pulumi.Resource): void {
  const rule = new aws.cloudwatch.EventRule(
    `${name}-drill-failed`,
    {
      name: ground.named("drill-failed"),
      description: "the restore drill ended with an error: read its log",
      eventPattern: pulumi.jsonStringify({
        source: ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        detail: {
          clusterArn: [ground.cluster.arn],
          lastStatus: ["STOPPED"],
          taskDefinitionArn: [task.definition.arn],
          // A task without its image or its secret never starts, and has no exit code.
          $or: [{ containers: { exitCode: [{ "anything-but": 0 }] } }, { stopCode: ["TaskFailedToStart"] }],
        },
      }),
      tags: ground.tags("drill-failed"),
    },
    { parent },
  );
  new aws.cloudwatch.EventTarget(`${name}-drill-failed-target`, { rule: rule.name, arn: ground.topic.arn }, { parent });
}

/** The outputs as the task sees them: the authorities' certificates are where its script has put them. */
function fromInside(outputs: StackOutputs): StackOutputs {
  const tls = (caFile: string) => ({ mode: "verify-full" as const, caFile });
  return {
    ...outputs,
    database: { ...outputs.database, tls: tls("/dev/shm/rds-ca.crt") },
    pooler: { ...outputs.pooler, tls: tls("/dev/shm/ca.crt") },
  };
}
