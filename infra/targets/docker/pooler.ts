import { createHash } from "node:crypto";
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Access } from "../../components/access.ts";
import { pgbouncerIni, userlistFile } from "../../components/pooler.ts";
import { authQuery, poolerRole } from "../../components/roles.ts";
import type { Pooler } from "../../target.ts";
import type { DockerDatabase } from "./database.ts";
import type { Ground } from "./ground.ts";
import { home, inside } from "./layout.ts";

/** PgBouncer in a container, the only one whose port is always published. */
export class DockerPooler extends pulumi.ComponentResource implements Pooler {
  readonly connection: Pooler["connection"];
  readonly parts: Pooler["parts"];
  readonly container: docker.Container;

  constructor(
    name: string,
    ground: Ground,
    database: DockerDatabase,
    roles: Access,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:docker:Pooler", name, {}, options);
    const { config } = ground.stack;
    const users = pulumi
      .all([roles.passwords[poolerRole], roles.passwords.monitor])
      .apply(([pooler, monitor]) => userlistFile(pooler, monitor));
    const own = ground.serverCertificate(name, "pooler", this);
    const ini = pgbouncerIni({
      database: { name: config.database.name, host: ground.named("database"), port: inside.database },
      listen: { host: "*", port: inside.pooler },
      authFile: home("etc", "userlist.txt"),
      authRole: poolerRole,
      authQuery,
      statsRole: "monitor",
      tls: { certificate: home("etc", `${name}.crt`), key: home("etc", `${name}.key`), ca: home("etc", "ca.crt") },
      config,
    });
    const files = [
      ground.file(`${name}-userlist`, "userlist.txt", users, this),
      ground.file(`${name}-ini`, "pgbouncer.ini", ini.text, this),
      own.certificate,
      own.key,
    ];
    const port = String(inside.pooler);
    this.container = ground.container(
      "pooler",
      {
        image: ground.images.pooler,
        server: "pooler",
        reads: ["etc"],
        health: ["bash", "-c", `exec 3<>/dev/tcp/127.0.0.1/${port}`],
        stopTimeout: 10,
      },
      { parent: this, dependsOn: [...files, database.server, roles.ready] },
    );
    const restartKey = createHash("sha256").update(ini.startOnly).digest("hex");
    const reloadKey = pulumi.all(files.map((file) => file.get("hash"))).apply((hashes) => hashes.join(" "));
    ground.process(`${name}-process`, this.container, { restartKey, reloadKey }, this);
    this.connection = pulumi.all([ground.address("pooler"), ground.caFile]).apply(([address, caFile]) => ({
      ...address,
      // Debian 13's PgBouncer is 1.24; base_image must be that or later.
      preparedStatements: true,
      tls: { mode: "verify-full" as const, caFile },
    }));
    this.parts = ground.rows([{ server: "pooler", part: "pooler", what: "PgBouncer, transaction mode" }]);
    this.registerOutputs({ connection: this.connection });
  }
}
