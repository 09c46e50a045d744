import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { Access } from "../../components/access.ts";
import { keepsPreparedStatements, pgbouncerIni, userlistFile } from "../../components/pooler.ts";
import { authQuery, poolerRole } from "../../components/roles.ts";
import type { Pooler } from "../../target.ts";
import type { NativeDatabase } from "./database.ts";
import { type Ground, loopback } from "./ground.ts";

/** PgBouncer in transaction mode; it looks passwords up in the database, so a rotated one holds at once. */
export class NativePooler extends pulumi.ComponentResource implements Pooler {
  readonly connection: Pooler["connection"];
  readonly parts: Pooler["parts"];
  readonly server: pulumi.Resource;

  constructor(
    name: string,
    ground: Ground,
    database: NativeDatabase,
    roles: Access,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:native:Pooler", name, {}, options);
    const { config } = ground.stack;
    const secrets = pulumi.all([roles.passwords[poolerRole], roles.passwords.monitor]);
    const users = secrets.apply(([pooler, monitor]) => userlistFile(pooler, monitor));
    const userlist = ground.file(`${name}-userlist`, "userlist.txt", users, this);
    const own = ground.serverCertificate(name, this);
    const tls = pulumi
      .all([own.certificate.get("path"), own.key.get("path"), ground.caFile])
      .apply(([certificate, key, ca]) => ({ certificate, key, ca }));
    const ini = pulumi
      .all([ground.port("database"), ground.port("pooler"), ground.path("etc", "userlist.txt"), tls])
      .apply(([databasePort, port, authFile, files]) =>
        pgbouncerIni({
          database: { name: config.database.name, host: loopback, port: databasePort },
          listen: { host: loopback, port },
          authFile,
          authRole: poolerRole,
          authQuery,
          statsRole: "monitor",
          tls: files,
          config,
        }),
      );
    const iniFile = ground.file(
      `${name}-ini`,
      "pgbouncer.ini",
      ini.apply(({ text }) => text),
      this,
    );
    const program = ground.parts.get("pgbouncer");
    this.server = ground.process(
      "pgbouncer",
      {
        program: program.apply((found) => found.path),
        args: [ground.path("etc", "pgbouncer.ini")],
        ready: ground.port("pooler").apply((port) => ({ how: "tcp" as const, port })),
        // SIGINT waits for the clients' transactions to end; what lasts longer is cut off.
        stopSignal: "SIGINT",
        stopTimeoutMs: 10_000,
        restartKey: pulumi
          .all([ini, program])
          .apply(([{ startOnly }, { version }]) =>
            createHash("sha256").update(`${version}\n${startOnly}`).digest("hex"),
          ),
        reloadKey: pulumi
          .all([iniFile, userlist, own.certificate, own.key].map((file) => file.get("hash")))
          .apply((hashes) => hashes.join(" ")),
      },
      { parent: this, dependsOn: [iniFile, userlist, own.certificate, own.key, database.server, roles.ready] },
    );
    this.connection = pulumi.all([ground.port("pooler"), program, ground.tls]).apply(([port, { version }, how]) => ({
      host: loopback,
      port,
      preparedStatements: keepsPreparedStatements(version),
      tls: how,
    }));
    this.parts = pulumi
      .all([program, ground.address("pooler"), ground.path("log", "pgbouncer.log")])
      .apply(([{ version }, address, log]) => [
        { name: "pgbouncer", what: `PgBouncer ${version}, transaction mode`, address, log },
      ]);
    this.registerOutputs({ connection: this.connection });
  }
}
