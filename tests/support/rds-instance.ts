import {
  CreateDBInstanceCommand,
  CreateDBParameterGroupCommand,
  CreateDBSubnetGroupCommand,
  RDSClient,
} from "@aws-sdk/client-rds";
import type { RdsBackup } from "../../scripts/lib/stack/beside.ts";
import type { Moto } from "./moto.ts";

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

/** Makes it in moto, with the groups that a restore names. */
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
