import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { password } from "../../resources.ts";
import type { Database } from "../../target.ts";
import type { Ground } from "./ground.ts";
import { ports } from "./groups.ts";
import { familyOf, parametersOf } from "./parameter-group.ts";
import { trust } from "./policy-documents.ts";

/** The user that RDS makes: it may nearly everything, and only the task that sets roles and grants uses it. */
export const masterUser = "landfall_admin";

/** RDS for PostgreSQL with what belongs right around it. */
export class AwsDatabase extends pulumi.ComponentResource implements Database {
  readonly connection: Database["connection"];
  readonly parts: Database["parts"];
  readonly instance: aws.rds.Instance;
  readonly replicas: aws.rds.Instance[];
  readonly subnetGroup: aws.rds.SubnetGroup;
  readonly parameterGroup: aws.rds.ParameterGroup;
  readonly logs: aws.cloudwatch.LogGroup;
  readonly identifier: string;
  /** Secret with the master's name and password, as RDS writes it. */
  readonly masterSecret: pulumi.Output<string>;

  constructor(name: string, ground: Ground, options?: pulumi.ComponentResourceOptions) {
    super("landfall:aws:Database", name, {}, options);
    const { config, major } = ground;
    const { database } = config;
    const parent = { parent: this };
    this.identifier = ground.named();
    this.subnetGroup = new aws.rds.SubnetGroup(
      `${name}-subnets`,
      { namePrefix: `${this.identifier}-`, subnetIds: ground.network.subnets, tags: ground.tags("subnets") },
      parent,
    );
    this.parameterGroup = new aws.rds.ParameterGroup(
      `${name}-parameters`,
      {
        // A prefix, so that the group of another family exists before the instance leaves this one: RDS refuses to delete
        // a group that is in use.
        namePrefix: `${this.identifier}-${familyOf(major)}-`,
        family: familyOf(major),
        description: `${this.identifier}, PostgreSQL ${major}`,
        parameters: parametersOf(ground.stack.config),
        tags: ground.tags("parameters"),
      },
      parent,
    );
    // RDS makes the groups itself when they are missing, and then keeps logs for ever.
    const exports = ["postgresql", "upgrade"] as const;
    const logGroups = exports.map((log) =>
      ground.logGroup(`${name}-log-${log}`, `/aws/rds/instance/${this.identifier}/${log}`, this),
    );
    this.logs = logGroups[0] as aws.cloudwatch.LogGroup;
    const monitoring = Number(database.monitoring_interval);
    const monitoringRoleArn = monitoring > 0 ? monitoringRole(name, ground, this) : undefined;
    const master = this.#master(name, ground);
    const observed = {
      enabledCloudwatchLogsExports: [...exports],
      monitoringInterval: monitoring,
      monitoringRoleArn,
      performanceInsightsEnabled: true,
      performanceInsightsKmsKeyId: ground.key.arn,
      performanceInsightsRetentionPeriod: database.insights === "advanced" ? 465 : 7,
      databaseInsightsMode: database.insights,
    };
    const common = {
      instanceClass: database.instance_class,
      storageType: "gp3",
      iops: database.iops,
      storageThroughput: database.throughput,
      maxAllocatedStorage: database.storage_limit_gb,
      storageEncrypted: true,
      kmsKeyId: ground.key.arn,
      parameterGroupName: this.parameterGroup.name,
      vpcSecurityGroupIds: [ground.network.groups.id("database")],
      publiclyAccessible: false,
      port: ports.database,
      caCertIdentifier: database.ca,
      iamDatabaseAuthenticationEnabled: database.iam_authentication,
      autoMinorVersionUpgrade: database.minor_upgrades,
      maintenanceWindow: database.maintenance_window,
      applyImmediately: database.apply_immediately,
      copyTagsToSnapshot: true,
      deletionProtection: database.deletion_protection,
      ...observed,
    };
    this.instance = new aws.rds.Instance(
      name,
      {
        ...common,
        identifier: this.identifier,
        engine: "postgres",
        engineVersion: database.version ?? String(major),
        // A major upgrade is asked for by raising database.major; without this RDS would refuse it.
        allowMajorVersionUpgrade: true,
        allocatedStorage: database.storage_gb,
        dbName: ground.stack.config.database.name,
        username: masterUser,
        ...master.args,
        dbSubnetGroupName: this.subnetGroup.name,
        multiAz: database.multi_az,
        backupRetentionPeriod: database.backup_days,
        backupWindow: database.backup_window,
        deleteAutomatedBackups: !database.deletion_protection,
        skipFinalSnapshot: !database.final_snapshot,
        // Part of the key's id: a stack that is made again has another key, so the name is free again.
        finalSnapshotIdentifier: ground.key.keyId.apply((id) => `${this.identifier}-final-${id.slice(0, 8)}`),
        blueGreenUpdate: database.blue_green ? { enabled: true } : undefined,
        snapshotIdentifier: database.restore_snapshot,
        tags: ground.tags("database"),
      },
      {
        parent: this,
        dependsOn: logGroups,
        protect: database.deletion_protection,
        // Once restored, the argument has done its work: taking it away must not ask for another restore.
        ignoreChanges: ["snapshotIdentifier"],
      },
    );
    this.masterSecret =
      master.secret ?? this.instance.masterUserSecrets.apply((secrets) => secrets?.[0]?.secretArn ?? "");
    this.replicas = Array.from({ length: database.replicas }, (_, index) => {
      const identifier = `${this.identifier}-replica-${index + 1}`;
      return new aws.rds.Instance(
        `${name}-replica-${index + 1}`,
        {
          ...common,
          identifier,
          replicateSourceDb: this.instance.identifier,
          // Backups are taken of the source; a replica has nothing that the source has not.
          skipFinalSnapshot: true,
          backupRetentionPeriod: 0,
          tags: ground.tags(`replica-${index + 1}`),
        },
        parent,
      );
    });
    const caFile = ground.authorityFile("rds-ca.crt", ground.databaseAuthorities, this);
    const connection = { name: ground.stack.config.database.name, major };
    this.connection = pulumi.all([this.instance.address, this.instance.port, caFile]).apply(([host, port, file]) => ({
      host,
      port,
      ...connection,
      tls: { mode: "verify-full" as const, caFile: file },
    }));
    this.parts = pulumi
      .all([this.instance.endpoint, this.logs.name])
      .apply(([address, log]) => [
        { name: "database", what: `RDS for PostgreSQL ${major}, ${database.instance_class}`, address, log },
      ]);
    this.registerOutputs({ connection: this.connection });
  }

  /** How the master's password is kept. A generated one is in a secret of the same form as a managed one. */
  #master(name: string, ground: Ground): { args: Partial<aws.rds.InstanceArgs>; secret?: pulumi.Output<string> } {
    if (ground.config.database.master_password === "managed") {
      return { args: { manageMasterUserPassword: true, masterUserSecretKmsKeyId: ground.key.arn } };
    }
    const parent = { parent: this };
    const value = password(`${name}-master`, { generation: 1 }, parent).get("value");
    const secret = new aws.secretsmanager.Secret(
      `${name}-master-secret`,
      {
        namePrefix: `${ground.stack.project}/${ground.stack.name}/master-`,
        description: "the database's master user",
        kmsKeyId: ground.key.arn,
        tags: ground.tags("master"),
      },
      parent,
    );
    const secretString = pulumi.jsonStringify({ username: masterUser, password: value });
    new aws.secretsmanager.SecretVersion(`${name}-master-version`, { secretId: secret.id, secretString }, parent);
    return { args: { password: value }, secret: secret.arn };
  }
}

function monitoringRole(name: string, ground: Ground, parent: pulumi.Resource): pulumi.Output<string> {
  const role = new aws.iam.Role(
    `${name}-monitoring-role`,
    {
      name: ground.named("rds-monitoring"),
      description: "RDS writes the operating system's figures to CloudWatch",
      assumeRolePolicy: trust("monitoring.rds.amazonaws.com"),
      tags: ground.tags("rds-monitoring"),
    },
    { parent },
  );
  const policyArn = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole";
  new aws.iam.RolePolicyAttachment(`${name}-monitoring-policy`, { role: role.name, policyArn }, { parent });
  return role.arn;
}
