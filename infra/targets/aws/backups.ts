import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AwsConfig } from "../../schema-aws.ts";
import type { Backups } from "../../target.ts";
import { awsCron } from "./cron.ts";
import type { AwsDatabase } from "./database.ts";
import type { Ground } from "./ground.ts";
import { trust } from "./policy-documents.ts";
import type { AwsRecords } from "./records.ts";

/** AWS Backup's times, in UTC. */
const dailySnapshot = "0 3 * * *";
const weeklyTest = "0 5 * * 0";

/**
 * RDS keeps WAL and a daily snapshot by itself, and they go with the instance. AWS Backup keeps snapshots of its own in a
 * vault, longer, apart from the instance, and if wanted locked and in a second region.
 */
export class AwsBackups extends pulumi.ComponentResource implements Backups {
  readonly backup: Backups["backup"];
  readonly vault: aws.backup.Vault;

  constructor(
    name: string,
    ground: Ground,
    { database, records }: { database: AwsDatabase; records: AwsRecords },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:aws:Backups", name, {}, options);
    const { backups, region } = ground.config;
    const parent = { parent: this };
    this.vault = new aws.backup.Vault(
      `${name}-vault`,
      { name: ground.named(), kmsKeyArn: ground.key.arn, forceDestroy: false, tags: ground.tags("vault") },
      { parent: this, protect: ground.config.database.deletion_protection },
    );
    if (backups.lock !== "off") {
      new aws.backup.VaultLockConfiguration(
        `${name}-lock`,
        {
          backupVaultName: this.vault.name,
          minRetentionDays: Math.min(7, backups.vault_days),
          maxRetentionDays: backups.vault_days,
          // A lock that can be undone has no such days; compliance leaves three to think better of it.
          changeableForDays: backups.lock === "compliance" ? 3 : undefined,
        },
        parent,
      );
    }
    const copy = backups.copy_region ? this.#copyVault(name, ground, backups.copy_region) : undefined;
    const lifecycle = { deleteAfter: backups.vault_days };
    const plan = new aws.backup.Plan(
      `${name}-plan`,
      {
        name: ground.named(),
        rules: [
          {
            ruleName: "daily",
            targetVaultName: this.vault.name,
            schedule: awsCron(dailySnapshot),
            startWindow: 60,
            completionWindow: 360,
            lifecycle,
            copyActions: copy ? [{ destinationVaultArn: copy.arn, lifecycle }] : undefined,
            recoveryPointTags: ground.tags("snapshot"),
          },
        ],
        tags: ground.tags("plan"),
      },
      parent,
    );
    const role = backupRole(name, ground, this);
    new aws.backup.Selection(
      `${name}-selection`,
      { name: ground.named(), planId: plan.id, iamRoleArn: role, resources: [database.instance.arn] },
      parent,
    );
    if (backups.restore_testing) this.#restoreTesting(name, ground, database, role);
    new aws.backup.VaultNotifications(
      `${name}-notifications`,
      {
        backupVaultName: this.vault.name,
        snsTopicArn: ground.topic.arn,
        backupVaultEvents: ["BACKUP_JOB_FAILED", "BACKUP_JOB_EXPIRED", "COPY_JOB_FAILED", "RESTORE_JOB_COMPLETED"],
      },
      parent,
    );
    const groups = ground.network.groups;
    this.backup = pulumi
      .all([
        this.vault.name,
        database.subnetGroup.name,
        groups.id("drill"),
        database.parameterGroup.name,
        records.bucket.bucket,
      ])
      .apply(([vault, subnetGroup, group, parameterGroup, bucket]) => ({
        kind: "rds" as const,
        region,
        identifier: database.identifier,
        retention: { days: ground.config.database.backup_days, vaultDays: backups.vault_days },
        vault,
        records: { bucket, prefix: records.prefix },
        runs: managedRuns(ground.config),
        drill: {
          subnetGroup,
          securityGroups: [group],
          parameterGroup,
          instanceClass: ground.config.database.instance_class,
        },
      }));
    this.registerOutputs({ vault: this.vault.arn });
  }

  #copyVault(name: string, ground: Ground, region: string): aws.backup.Vault {
    const key = new aws.kms.Key(
      `${name}-copy-key`,
      {
        region: region as aws.Region,
        description: `${ground.named()}: copies of snapshots`,
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        tags: ground.tags("copy-key"),
      },
      { parent: this },
    );
    return new aws.backup.Vault(
      `${name}-copy-vault`,
      {
        region: region as aws.Region,
        name: ground.named("copy"),
        kmsKeyArn: key.arn,
        forceDestroy: false,
        tags: ground.tags("copy-vault"),
      },
      { parent: this, protect: ground.config.database.deletion_protection },
    );
  }

  /** AWS Backup's names may hold letters, digits and _ only. */
  #restoreTesting(name: string, ground: Ground, database: AwsDatabase, role: pulumi.Output<string>): void {
    const parent = { parent: this };
    const plan = new aws.backup.RestoreTestingPlan(
      `${name}-restore-testing`,
      {
        name: ground.named().replaceAll("-", "_"),
        scheduleExpression: awsCron(weeklyTest),
        recoveryPointSelection: {
          algorithm: "LATEST_WITHIN_WINDOW",
          includeVaults: [this.vault.arn],
          recoveryPointTypes: ["SNAPSHOT"],
          selectionWindowDays: 7,
        },
        tags: ground.tags("restore-testing"),
      },
      parent,
    );
    new aws.backup.RestoreTestingSelection(
      `${name}-restore-testing-selection`,
      {
        name: "database",
        restoreTestingPlanName: plan.name,
        protectedResourceType: "RDS",
        protectedResourceArns: [database.instance.arn],
        iamRoleArn: role,
        validationWindowHours: 1,
        // Into the stack's own private subnets; without it AWS would take the default VPC's.
        restoreMetadataOverrides: {
          dbSubnetGroupName: database.subnetGroup.name,
          vpcSecurityGroupIds: pulumi.jsonStringify([ground.network.groups.id("drill")]),
          publiclyAccessible: "false",
        },
      },
      parent,
    );
  }
}

/** What AWS does on time, for people. */
export function managedRuns({ database, backups }: AwsConfig): { name: string; by: string; when: string }[] {
  return [
    { name: "snapshot", by: "RDS", when: `daily, ${database.backup_window} UTC; kept ${database.backup_days} days` },
    { name: "WAL", by: "RDS", when: `every five minutes; kept ${database.backup_days} days` },
    { name: "vault", by: "AWS Backup", when: `daily, 03:00 UTC; kept ${backups.vault_days} days` },
    ...(backups.copy_region
      ? [{ name: "copy", by: "AWS Backup", when: `of each in the vault, to ${backups.copy_region}` }]
      : []),
    ...(backups.restore_testing
      ? [{ name: "restore test", by: "AWS Backup", when: "Sundays, 05:00 UTC; compares no content" }]
      : []),
  ];
}

function backupRole(name: string, ground: Ground, parent: pulumi.Resource): pulumi.Output<string> {
  const role = new aws.iam.Role(
    `${name}-role`,
    {
      name: ground.named("backup"),
      description: "AWS Backup takes snapshots and restores them for its tests",
      assumeRolePolicy: trust("backup.amazonaws.com"),
      tags: ground.tags("backup"),
    },
    { parent },
  );
  for (const what of ["Backup", "Restores"]) {
    const policyArn = `arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyFor${what}`;
    new aws.iam.RolePolicyAttachment(`${name}-role-${what.toLowerCase()}`, { role: role.name, policyArn }, { parent });
  }
  return role.arn;
}
