import {
  type DBInstance,
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  ModifyDBInstanceCommand,
  paginateDescribeDBInstances,
  RestoreDBInstanceFromDBSnapshotCommand,
  RestoreDBInstanceToPointInTimeCommand,
} from "@aws-sdk/client-rds";
import { LandfallError } from "../../cli/errors.ts";
import type { Reporter } from "../../cli/reporter.ts";
import { ask, errorName, explainAws, type RdsPlace } from "./client.ts";
import { type MadeFor, tagKeys, tagOf, tagsFor } from "./tags.ts";
import { type Patience, waitFor } from "./wait.ts";

/** What a new instance is restored from. */
export type RestoreFrom = { snapshot: string } | { time: Date } | "latest";

/** @throws {LandfallError} backup, where there is none */
export async function describeInstance({ client }: RdsPlace, identifier: string): Promise<DBInstance> {
  const command = new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier });
  const found = await ask(`the instance ${identifier}`, () => client.send(command));
  const [instance] = found.DBInstances ?? [];
  if (!instance) throw new LandfallError("backup", `RDS does not describe ${identifier}`, "run it again");
  return instance;
}

export const groupsOf = (instance: DBInstance): string[] =>
  (instance.VpcSecurityGroups ?? []).flatMap(({ VpcSecurityGroupId }) => VpcSecurityGroupId ?? []).toSorted();

/** Restores into a new instance, in the drill's subnets and security groups and never in the source's. Does not wait. */
export async function restoreInstance(
  place: RdsPlace,
  { name, from, madeFor, expires }: { name: string; from: RestoreFrom; madeFor: MadeFor; expires?: Date },
): Promise<void> {
  const { client, backup } = place;
  const { subnetGroup, securityGroups, parameterGroup, instanceClass } = backup.drill;
  const shared = groupsOf(await describeInstance(place, backup.identifier)).filter((id) => securityGroups.includes(id));
  if (shared.length > 0) {
    throw new LandfallError(
      "stack",
      `${shared.join(", ")} is of ${backup.identifier} itself: what reaches the database would reach the copy`,
      "npm run up, which makes a group of its own for drills",
    );
  }
  const how = {
    DBInstanceClass: instanceClass,
    DBSubnetGroupName: subnetGroup,
    VpcSecurityGroupIds: securityGroups,
    DBParameterGroupName: parameterGroup,
    MultiAZ: false,
    PubliclyAccessible: false,
    DeletionProtection: false,
    AutoMinorVersionUpgrade: false,
    Tags: tagsFor(madeFor, backup, expires),
  };
  await ask(`restoring ${backup.identifier} as ${name}`, async () => {
    if (typeof from === "object" && "snapshot" in from) {
      const source = { DBSnapshotIdentifier: from.snapshot, DBInstanceIdentifier: name };
      return client.send(new RestoreDBInstanceFromDBSnapshotCommand({ ...source, ...how }));
    }
    const source = { SourceDBInstanceIdentifier: backup.identifier, TargetDBInstanceIdentifier: name };
    const when = from === "latest" ? { UseLatestRestorableTime: true } : { RestoreTime: from.time };
    return client.send(new RestoreDBInstanceToPointInTimeCommand({ ...source, ...when, ...how }));
  });
}

/** What an instance does not come out of by itself. Source: RDS's manual, "Viewing DB instance status". */
const broken =
  /^(failed|restore-error|storage-full|insufficient-capacity|incompatible-.*|inaccessible-encryption-credentials.*)$/;

/** Waits until the instance takes connections. */
export function untilAvailable(
  place: RdsPlace,
  name: string,
  patience: Patience,
  reporter: Reporter,
): Promise<DBInstance> {
  const look = async () => {
    const instance = await describeInstance(place, name);
    const state = instance.DBInstanceStatus ?? "unknown";
    if (broken.test(state)) {
      throw new LandfallError("backup", `${name} is ${state}`, "read its events in RDS's console");
    }
    return state === "available" && instance.Endpoint?.Address ? { done: instance, state } : { state };
  };
  return waitFor(name, look, patience, reporter);
}

/** Instances that were restored from this stack's and carry the tag. */
export function listMade({ client, backup }: RdsPlace, madeFor: MadeFor): Promise<DBInstance[]> {
  return ask("the instances of this region", async () => {
    const found: DBInstance[] = [];
    for await (const page of paginateDescribeDBInstances({ client }, {})) found.push(...(page.DBInstances ?? []));
    return found.filter(
      ({ TagList, DBInstanceIdentifier }) =>
        tagOf(TagList, tagKeys.madeFor) === madeFor &&
        tagOf(TagList, tagKeys.source) === backup.identifier &&
        DBInstanceIdentifier !== backup.identifier,
    );
  });
}

/**
 * Deletes a copy, without a snapshot of it, and waits until it is gone. Anything that does not carry the tag of a copy of this
 * stack is refused.
 */
export async function removeInstance(
  place: RdsPlace,
  name: string,
  madeFor: MadeFor,
  patience: Patience,
  reporter: Reporter,
): Promise<void> {
  const { client, backup } = place;
  const look = async () => {
    try {
      const instance = await find(place, name);
      if (!instance) return { done: true, state: "gone" };
      const isCopy =
        name !== backup.identifier &&
        tagOf(instance.TagList, tagKeys.madeFor) === madeFor &&
        tagOf(instance.TagList, tagKeys.source) === backup.identifier;
      if (!isCopy) {
        throw new LandfallError(
          "refused",
          `${name} is no ${madeFor} of ${backup.identifier}`,
          "npm run backups lists them",
        );
      }
      const state = instance.DBInstanceStatus ?? "unknown";
      if (state === "deleting") return { state };
      if (instance.DeletionProtection) {
        const off = { DBInstanceIdentifier: name, DeletionProtection: false, ApplyImmediately: true };
        await client.send(new ModifyDBInstanceCommand(off));
      }
      const gone = { DBInstanceIdentifier: name, SkipFinalSnapshot: true, DeleteAutomatedBackups: true };
      await client.send(new DeleteDBInstanceCommand(gone));
      return { state: "deleting" };
    } catch (error) {
      // One that is just being made or changed can be deleted a little later.
      if (errorName(error) === "InvalidDBInstanceState") return { state: "not to be deleted yet" };
      throw explainAws(error, `removing ${name}`);
    }
  };
  await waitFor(name, look, patience, reporter);
}

async function find({ client }: RdsPlace, name: string): Promise<DBInstance | undefined> {
  try {
    const command = new DescribeDBInstancesCommand({ DBInstanceIdentifier: name });
    return (await client.send(command)).DBInstances?.[0];
  } catch (error) {
    if (errorName(error) === "DBInstanceNotFound") return undefined;
    throw error;
  }
}
