import {
  CreateDBInstanceCommand,
  CreateDBParameterGroupCommand,
  CreateDBSubnetGroupCommand,
  RDSClient,
} from "@aws-sdk/client-rds";
import { withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import type { Target } from "../../scripts/lib/db/postgres/target.ts";
import type { RdsBackup, RdsStack } from "../../scripts/lib/stack/beside.ts";
import type { Moto } from "./moto.ts";
import type { TestPostgres } from "./postgres.ts";
import { outputRoles } from "./roles.ts";

/** The instance of a stack on AWS, as its outputs name it. */
export const rdsBackup: RdsBackup = {
  kind: "rds",
  region: "eu-central-1",
  identifier: "shop-production",
  retention: { days: 14, vaultDays: 35 },
  vault: "shop",
  records: { bucket: "shop-records", prefix: "shop/production" },
  runs: [{ name: "snapshot", by: "RDS", when: "daily, 01:00-02:00 UTC; kept 14 days" }],
  drill: {
    subnetGroup: "shop-subnets",
    securityGroups: ["sg-drill"],
    parameterGroup: "shop-17",
    instanceClass: "db.m7g.large",
  },
};

const hour = 3600_000;

/** The stack's outputs, with a database of a local server in RDS's place. @param host another than the target's own */
export function rdsOutputs({ host: own, port = 0, database }: Target, host = own): RdsStack {
  const address = { host, port, tls: { mode: "disable" as const } };
  return {
    contract: 1,
    project: "shop",
    stack: "production",
    target: "aws",
    database: { ...address, name: database, major: 17 },
    pooler: { ...address, preparedStatements: true },
    roles: outputRoles(() => "unused"),
    budget: { maxConnections: 50, reserved: 5, poolSize: 5, maxDbConnections: 20, maxClients: 100 },
    backup: rdsBackup,
    drill: {
      recoveryTimeObjectiveMs: hour,
      recoveryPointObjectiveMs: hour,
      backupAgeObjectiveMs: 26 * hour,
      smokeQueries: ["SELECT count(*) > 0 FROM customer"],
      mayBeEmpty: [],
    },
    monitoring: {
      cloudwatch: { region: rdsBackup.region, dashboard: "shop", alarms: [], topic: "shop" },
      exporters: {},
    },
    parts: [],
  };
}

/** A database with 500 customers, whom the application may read. */
export async function customers(server: TestPostgres): Promise<Target> {
  const source = await server.freshDatabase();
  await withConnection(server.superuser(source.database), (connection) =>
    connection.query(
      "CREATE ROLE app LOGIN; CREATE ROLE monitor LOGIN IN ROLE pg_monitor; GRANT USAGE ON SCHEMA public TO app, monitor",
    ),
  );
  await withConnection(source, (connection) =>
    connection.query(
      `CREATE TABLE customer (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
       INSERT INTO customer (name) SELECT 'customer ' || n FROM generate_series(1, 500) n;
       GRANT SELECT ON customer TO app`,
    ),
  );
  return source;
}

/** Makes the instance in moto, with the groups that a restore names. */
export async function makeInstance(moto: Moto): Promise<void> {
  const rds = new RDSClient({ region: rdsBackup.region, endpoint: moto.endpoint });
  const described = { DBSubnetGroupDescription: "private", SubnetIds: await subnets(moto) };
  await rds.send(new CreateDBSubnetGroupCommand({ DBSubnetGroupName: "shop-subnets", ...described }));
  const family = { DBParameterGroupFamily: "postgres17", Description: "the stack's" };
  await rds.send(new CreateDBParameterGroupCommand({ DBParameterGroupName: "shop-17", ...family }));
  await rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: rdsBackup.identifier,
      DBInstanceClass: "db.m7g.large",
      Engine: "postgres",
      EngineVersion: "17.5",
      AllocatedStorage: 100,
      MasterUsername: "master",
      MasterUserPassword: "for moto only",
      DBSubnetGroupName: "shop-subnets",
      DBParameterGroupName: "shop-17",
      VpcSecurityGroupIds: ["sg-database"],
      StorageEncrypted: true,
      DeletionProtection: true,
      BackupRetentionPeriod: 14,
    }),
  );
  rds.destroy();
}

/** EC2 is asked by hand: nothing else here needs its client. */
async function subnets({ endpoint }: Moto): Promise<string[]> {
  const authorization = `AWS4-HMAC-SHA256 Credential=testing/20260101/${rdsBackup.region}/ec2/aws4_request, SignedHeaders=host, Signature=x`;
  const body = new URLSearchParams({ Action: "DescribeSubnets", Version: "2016-11-15" });
  const answer = await fetch(endpoint, { method: "POST", headers: { authorization }, body });
  return [...(await answer.text()).matchAll(/<subnetId>([^<]+)/g)].map(([, id = ""]) => id);
}
