import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Monitoring } from "../../target.ts";
import { type Alarm, alarmsOf } from "./alarms.ts";
import type { AwsBackups } from "./backups.ts";
import { type Dimensions, dashboardBody } from "./dashboard.ts";
import type { AwsDatabase } from "./database.ts";
import { PostgresExporter } from "./exporters.ts";
import type { Ground } from "./ground.ts";
import { ports } from "./groups.ts";
import { AwsPooler } from "./pooler.ts";
import type { RdsProxy } from "./rds-proxy.ts";
import type { AwsRoles } from "./roles.ts";

/** CloudWatch's alarms and dashboard, and the topic that tells people. */
export class AwsMonitoring extends pulumi.ComponentResource implements Monitoring {
  readonly monitoring: Monitoring["monitoring"];
  readonly parts: Monitoring["parts"];

  constructor(
    name: string,
    ground: Ground,
    watched: { database: AwsDatabase; roles: AwsRoles; pooler: AwsPooler | RdsProxy; backups: AwsBackups },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:aws:Monitoring", name, {}, options);
    const { config } = ground.stack;
    const { region } = ground.config;
    const parent = { parent: this };
    topicPolicy(name, ground, this);
    ground.config.alarms.emails.forEach((endpoint, index) => {
      new aws.sns.TopicSubscription(
        `${name}-email-${index + 1}`,
        { topic: ground.topic.arn, protocol: "email", endpoint },
        parent,
      );
    });
    const events = ["backup", "failure", "failover", "low storage", "maintenance", "recovery", "restoration"];
    new aws.rds.EventSubscription(
      `${name}-events`,
      {
        name: ground.named("events"),
        snsTopic: ground.topic.arn,
        sourceType: "db-instance",
        sourceIds: [watched.database.instance.identifier],
        eventCategories: events,
        tags: ground.tags("events"),
      },
      parent,
    );
    new aws.cloudwatch.LogMetricFilter(
      `${name}-deadlocks`,
      {
        name: ground.named("deadlocks"),
        logGroupName: watched.database.logs.name,
        pattern: '"deadlock detected"',
        metricTransformation: { name: "Deadlocks", namespace: "Landfall", value: "1", dimensions: undefined },
      },
      parent,
    );
    const dimensions = pulumi.output(dimensionsOf(ground, watched));
    const alarms = alarmsOf(config);
    const made = alarms.map((alarm) => metricAlarm(name, ground, alarm, dimensions, this));
    const dashboard = new aws.cloudwatch.Dashboard(
      `${name}-dashboard`,
      {
        dashboardName: ground.named(),
        dashboardBody: dimensions.apply((known) => dashboardBody(alarms, known, region)),
      },
      parent,
    );
    const postgres = ground.discovery
      ? new PostgresExporter("postgres-exporter", ground, ground.discovery, watched, parent)
      : undefined;
    const pgbouncer = watched.pooler instanceof AwsPooler ? watched.pooler.metrics : undefined;
    const inside = ground.discovery?.host("scheduler");
    const scheduler = inside && pulumi.interpolate`http://${inside}:${ports.scheduler}/metrics`;
    const exporters = pulumi.all({
      ...(postgres ? { postgres: postgres.url } : {}),
      ...(pgbouncer ? { pgbouncer } : {}),
      ...(scheduler ? { scheduler } : {}),
    });
    this.monitoring = pulumi
      .all([dashboard.dashboardName, ground.topic.arn, pulumi.all(made.map((alarm) => alarm.name)), exporters])
      .apply(([title, topic, names, pages]) => ({
        cloudwatch: { region, dashboard: title, topic, alarms: names },
        exporters: pages,
      }));
    this.parts = postgres
      ? pulumi
          .all([postgres.url, postgres.log])
          .apply(([address, log]) => [
            { name: "postgres-exporter", what: "metrics of PostgreSQL, for the group scraper", address, log },
          ])
      : pulumi.output([]);
    this.registerOutputs({ dashboard: dashboard.dashboardName });
  }
}

/** Alarms say which resource they are of by a word; this is what CloudWatch calls each. */
function dimensionsOf(
  ground: Ground,
  { database, pooler, backups }: { database: AwsDatabase; pooler: AwsPooler | RdsProxy; backups: AwsBackups },
): Record<string, Record<string, pulumi.Input<string>>> {
  const replicas = database.replicas.map((replica, index) => [
    `replica-${index + 1}`,
    { DBInstanceIdentifier: replica.identifier },
  ]);
  return {
    database: { DBInstanceIdentifier: database.instance.identifier },
    vault: { BackupVaultName: backups.vault.name },
    schedule: { Stack: ground.stack.name },
    deadlocks: {},
    ...(pooler instanceof AwsPooler
      ? { pooler: { LoadBalancer: pooler.balancer.arnSuffix, TargetGroup: pooler.targets.arnSuffix } }
      : {}),
    ...Object.fromEntries(replicas),
  };
}

function metricAlarm(
  name: string,
  ground: Ground,
  alarm: Alarm,
  dimensions: pulumi.Output<Record<string, Dimensions>>,
  parent: pulumi.Resource,
): aws.cloudwatch.MetricAlarm {
  const { metric, expression, period, periods } = alarm;
  const of = dimensions.apply((known) => known[metric.of] ?? {});
  const single = {
    namespace: metric.namespace,
    metricName: metric.name,
    statistic: metric.statistic,
    period,
    dimensions: of,
  };
  const computed = {
    metricQueries: [
      {
        id: "m",
        metric: {
          namespace: metric.namespace,
          metricName: metric.name,
          stat: metric.statistic,
          period,
          dimensions: of,
        },
      },
      { id: "e", expression, label: alarm.name, returnData: true },
    ],
  };
  return new aws.cloudwatch.MetricAlarm(
    `${name}-${alarm.name}`,
    {
      name: ground.named(alarm.name),
      alarmDescription: alarm.description,
      comparisonOperator: alarm.comparison,
      threshold: alarm.threshold,
      datapointsToAlarm: periods[0],
      evaluationPeriods: periods[1],
      treatMissingData: alarm.missing,
      alarmActions: [ground.topic.arn],
      okActions: [ground.topic.arn],
      tags: ground.tags(alarm.name),
      ...(expression ? computed : single),
    },
    { parent },
  );
}

/** Which services may write to the topic, for this account only, and use its key for it. */
function topicPolicy(name: string, ground: Ground, parent: pulumi.Resource): void {
  const { topic, key } = ground;
  const services = ["cloudwatch.amazonaws.com", "events.rds.amazonaws.com", "backup.amazonaws.com"];
  const condition = { StringEquals: { "aws:SourceAccount": topic.owner } };
  new aws.sns.TopicPolicy(
    `${name}-topic-policy`,
    {
      arn: topic.arn,
      policy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: services },
            Action: "sns:Publish",
            Resource: topic.arn,
            Condition: condition,
          },
        ],
      }),
    },
    { parent },
  );
  // In a key's own policy "*" is this key and no other.
  new aws.kms.KeyPolicy(
    `${name}-key-policy`,
    {
      keyId: key.id,
      policy: pulumi.jsonStringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { AWS: pulumi.interpolate`arn:aws:iam::${topic.owner}:root` },
            Action: "kms:*",
            Resource: "*",
          },
          {
            Effect: "Allow",
            Principal: { Service: services },
            Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
            Resource: "*",
            Condition: condition,
          },
        ],
      }),
    },
    { parent },
  );
}
