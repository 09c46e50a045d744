import * as pulumi from "@pulumi/pulumi";
import type { AwsDatabase } from "./database.ts";
import type { Ground } from "./ground.ts";
import type { Statement } from "./policy-documents.ts";

/** As scripts/lib/backup/rds/tags.ts writes it; tests compare the two. */
const madeFor = "landfall:made-for";

/**
 * What a drill's task may do in AWS: exactly what scripts/lib/drill/rds calls, and nothing of other stacks but to see their
 * names. Source of the resource types: Service Authorization Reference, "Amazon RDS"; of the key's: RDS User Guide, "AWS KMS
 * key management".
 */
export function drillStatements(ground: Ground, database: AwsDatabase): Statement[] {
  const { region } = ground.config;
  const arn = (kind: string, name: pulumi.Input<string>) =>
    pulumi.interpolate`arn:aws:rds:${region}:${ground.topic.owner}:${kind}:${name}`;
  const source = arn("db", database.identifier);
  const copies = arn("db", `${database.identifier}-drill-*`);
  return [
    // A list is asked of "db:*" as a whole, and has to be: a drill finds the leftovers of others by their tags.
    { actions: ["rds:DescribeDBInstances"], resources: [arn("db", "*")] },
    // Asked by the instance, and by AWS of the snapshots that it lists.
    { actions: ["rds:DescribeDBSnapshots"], resources: [source, arn("snapshot", "*")] },
    {
      actions: ["rds:RestoreDBInstanceToPointInTime"],
      resources: [
        source,
        copies,
        arn("subgrp", database.subnetGroup.name),
        arn("pg", database.parameterGroup.name),
        // The copy is in RDS's own group of options, as the source is, which names none.
        arn("og", `default:postgres-${ground.major}`),
      ],
      conditions: { StringEquals: { [`aws:RequestTag/${madeFor}`]: "drill" } },
    },
    {
      // The tags of a new instance are a permission of their own.
      actions: ["rds:AddTagsToResource"],
      resources: [copies],
      conditions: { StringEquals: { [`aws:RequestTag/${madeFor}`]: "drill" } },
    },
    {
      actions: ["rds:DeleteDBInstance", "rds:ModifyDBInstance"],
      resources: [copies],
      conditions: { StringEquals: { [`aws:ResourceTag/${madeFor}`]: "drill" } },
    },
    {
      // RDS encrypts the copy with the source's key, on behalf of who asks for it; by itself the task can do nothing with it.
      actions: ["kms:CreateGrant", "kms:DescribeKey"],
      resources: [ground.key.arn],
      conditions: { StringEquals: { "kms:ViaService": `rds.${region}.amazonaws.com` } },
    },
  ];
}
