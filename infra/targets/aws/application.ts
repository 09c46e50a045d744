import * as pulumi from "@pulumi/pulumi";
import type { Pooler } from "../../target.ts";
import type { Ground } from "./ground.ts";
import type { AwsRoles } from "./roles.ts";
import { Secret } from "./secrets.ts";

/** The connection of the application, by its parts and as one URL, for its own tasks to read. */
export function applicationSecret(name: string, ground: Ground, roles: AwsRoles, pooler: Pooler): Secret {
  const value = pulumi.all([roles.logins, pooler.connection]).apply(([logins, { host, port }]) => {
    const { name: user, password } = logins.app;
    const database = ground.stack.config.database.name;
    const url = `postgresql://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}?sslmode=verify-full`;
    return { username: user, password, host, port, database, url, ca: ground.authorityCertificate };
  });
  return new Secret(name, ground, { description: "how the application connects, through the pooler", value });
}
