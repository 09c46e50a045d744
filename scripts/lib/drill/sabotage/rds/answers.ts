import type { DBInstance, DBSnapshot } from "@aws-sdk/client-rds";
import type { RdsPlace } from "../../../backup/rds/client.ts";

/** What RDS's API answers otherwise than it does. Nothing is asked of RDS that a drill does not ask. */
export interface Answers {
  /** The name and message with which it refuses to restore. */
  refusal?: { name: string; message: string };
  /** Of the source. */
  source?: (instance: DBInstance) => Partial<DBInstance>;
  /** Of the drill's own instance. @param source the source as it was last described */
  copy?: (instance: DBInstance, source: DBInstance) => Partial<DBInstance>;
  /** Of a snapshot; null leaves it out. */
  snapshot?: (snapshot: DBSnapshot) => Partial<DBSnapshot> | null;
}

const name = "landfall-sabotage";

/** Puts itself between RDS and whoever uses this client. @returns how it is taken out again */
export function falsify({ client, backup }: RdsPlace, answers: Answers): () => void {
  let source: DBInstance = {};
  const instance = (one: DBInstance): DBInstance => {
    if (one.DBInstanceIdentifier !== backup.identifier) return { ...one, ...answers.copy?.(one, source) };
    source = one;
    return { ...one, ...answers.source?.(one) };
  };
  const snapshot = (one: DBSnapshot): DBSnapshot[] => {
    const changes = answers.snapshot?.(one);
    return changes === null ? [] : [{ ...one, ...changes }];
  };
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (answers.refusal && commandName === "RestoreDBInstanceToPointInTimeCommand") {
          throw Object.assign(new Error(answers.refusal.message), { name: answers.refusal.name });
        }
        const result = await next(args);
        const { output } = result;
        if ("DBInstances" in output) output.DBInstances = output.DBInstances?.map(instance);
        if ("DBSnapshots" in output) output.DBSnapshots = output.DBSnapshots?.flatMap(snapshot);
        return result;
      },
    { step: "initialize", name },
  );
  return () => {
    client.middlewareStack.remove(name);
  };
}
