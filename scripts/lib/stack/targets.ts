import type { RoleName, StackOutputs } from "../../../infra/contract.ts";
import type { Target } from "../db/postgres/target.ts";

/** The database itself, as one of the stack's roles. A migrator works as the owner, so that what it makes is the owner's. */
export function databaseTarget(outputs: StackOutputs, role: RoleName): Target {
  const { host, port, name, tls } = outputs.database;
  const { name: user, password } = outputs.roles[role];
  return {
    host,
    port,
    database: name,
    user,
    password,
    tls,
    role: role === "migrator" ? outputs.roles.owner : undefined,
  };
}
