import { type RoleName, roleNames, type StackOutputs } from "../../infra/contract.ts";

/** A stack's roles as its outputs tell them. */
export function outputRoles(passwordOf: (name: RoleName) => string): StackOutputs["roles"] {
  const logins = roleNames.map((name) => [name, { name, password: passwordOf(name) }] as const);
  return { owner: "owner", ...(Object.fromEntries(logins) as Omit<StackOutputs["roles"], "owner">) };
}
