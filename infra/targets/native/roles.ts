import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { accessScripts, type LoginRole, loginRoles, ownerRole } from "../../components/roles.ts";
import { roleNames } from "../../contract.ts";
import type { Roles } from "../../target.ts";
import type { NativeDatabase } from "./database.ts";
import type { Ground } from "./ground.ts";
import { password, sql } from "./resource.ts";

/** The roles of the application's database, with a generated password each, and what each may do. */
export class NativeRoles extends pulumi.ComponentResource implements Roles {
  readonly logins: Roles["logins"];
  readonly passwords: Record<LoginRole, pulumi.Output<string>>;
  /** Set once every role is there: what logs in depends on it. */
  readonly ready: pulumi.Resource;

  constructor(name: string, ground: Ground, database: NativeDatabase, options?: pulumi.ComponentResourceOptions) {
    super("landfall:native:Roles", name, {}, options);
    const { config } = ground.stack;
    const parent = { parent: this };
    this.passwords = Object.fromEntries(
      loginRoles.map((role) => [role, password(`${name}-${role}`, { generation: 1 }, parent).get("value")]),
    ) as Record<LoginRole, pulumi.Output<string>>;
    const scripts = pulumi.all(this.passwords).apply((passwords) =>
      accessScripts({
        database: config.database.name,
        extensions: config.database.extensions,
        passwords,
        statStatements: config.postgresql.pg_stat_statements,
      }),
    );
    this.ready = sql(
      `${name}-access`,
      {
        psql: ground.parts.get("server").apply((server) => join(server.bin, "psql")),
        socket: ground.home.get("run"),
        port: ground.port("database"),
        account: ground.account,
        scripts,
        systemIdentifier: database.cluster.get("systemIdentifier"),
      },
      { ...parent, dependsOn: [database.server] },
    );
    const login = (role: (typeof roleNames)[number]) =>
      this.passwords[role].apply((value) => ({ name: role, password: value }));
    this.logins = pulumi
      .all(Object.fromEntries(roleNames.map((role) => [role, login(role)])))
      .apply((logins) => ({ owner: ownerRole, ...logins }) as never);
    this.registerOutputs({ owner: ownerRole });
  }
}
