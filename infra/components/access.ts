import * as pulumi from "@pulumi/pulumi";
import type { Place } from "../../machine/place.ts";
import { roleNames } from "../contract.ts";
import { password, sql } from "../resources.ts";
import type { StackConfig } from "../schema.ts";
import { parseSpan } from "../settings.ts";
import type { Roles, Stack } from "../target.ts";
import {
  accessScripts,
  currentLogin,
  type LoginRole,
  loginRoles,
  ownerRole,
  passwordGeneration,
  type Rotation,
} from "./roles.ts";

/** How the superuser's psql is run: where the server's socket can be reached. */
export interface AccessArgs {
  stack: Stack;
  psql: pulumi.Input<string>;
  socket: pulumi.Input<string>;
  port: pulumi.Input<number>;
  place: pulumi.Input<Place>;
  /** Changes with the cluster: another one needs its roles again. */
  systemIdentifier: pulumi.Input<string>;
  server: pulumi.Resource;
}

/** The roles of the application's database, with a generated password each, and what each may do. */
export class Access extends pulumi.ComponentResource implements Roles {
  readonly logins: Roles["logins"];
  readonly passwords: Record<LoginRole, pulumi.Output<string>>;
  /** Set once every role is there: what logs in depends on it. */
  readonly ready: pulumi.Resource;

  constructor(name: string, args: AccessArgs, options?: pulumi.ComponentResourceOptions) {
    super("landfall:index:Access", name, {}, options);
    const { stack, psql, socket, port, place, systemIdentifier, server } = args;
    const { config } = stack;
    const parent = { parent: this };
    const rotation = rotationOf(config.roles);
    this.passwords = passwordsOf(name, rotation, this);
    const scripts = pulumi.all(this.passwords).apply((passwords) =>
      accessScripts({
        database: config.database.name,
        extensions: config.database.extensions,
        passwords,
        statStatements: config.postgresql.pg_stat_statements,
        rotation,
      }),
    );
    const inputs = { psql, socket, port, place, scripts, systemIdentifier };
    this.ready = sql(`${name}-access`, inputs, { ...parent, dependsOn: [server] });
    this.logins = loginsOf(this.passwords, rotation);
    this.registerOutputs({ owner: ownerRole });
  }
}

/** A generated password for each login; a rotation makes those of another generation. */
export function passwordsOf(
  name: string,
  rotation: Rotation,
  parent: pulumi.Resource,
): Record<LoginRole, pulumi.Output<string>> {
  return Object.fromEntries(
    loginRoles.map((role) => {
      const generation = passwordGeneration(role, rotation);
      return [role, password(`${name}-${role}`, { generation }, { parent }).get("value")];
    }),
  ) as Record<LoginRole, pulumi.Output<string>>;
}

/** The logins that are current, as the outputs have them. */
export function loginsOf(passwords: Record<LoginRole, pulumi.Output<string>>, rotation: Rotation): Roles["logins"] {
  const login = (role: (typeof roleNames)[number]) => {
    const current = currentLogin(role, rotation);
    return passwords[current].apply((value) => ({ name: current as string, password: value }));
  };
  return pulumi
    .all(Object.fromEntries(roleNames.map((role) => [role, login(role)])))
    .apply((logins) => ({ owner: ownerRole, ...logins }) as never);
}

export const rotationOf = ({ generation, rotated_at, grace }: StackConfig["roles"]): Rotation => ({
  generation,
  rotatedAt: rotated_at ?? null,
  graceMs: parseSpan(grace),
});
