import { availableParallelism } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Access } from "../../components/access.ts";
import { pgbackrestConf } from "../../components/backups.ts";
import { stanza } from "../../resources.ts";
import type { Backups } from "../../target.ts";
import { type NativeDatabase, stanzaName } from "./database.ts";
import type { Ground } from "./ground.ts";

/** pgBackRest on this machine: a stanza, its repository, and WAL archived into it. */
export class NativeBackups extends pulumi.ComponentResource implements Backups {
  readonly backup: Backups["backup"];
  readonly ready: pulumi.Resource;

  constructor(
    name: string,
    ground: Ground,
    database: NativeDatabase,
    roles: Access,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:native:Backups", name, {}, options);
    const { backups } = ground.stack.config;
    const repository = backups.repository
      ? pulumi.output(backups.repository)
      : ground.home.get("path").apply((path) => join(path, "backups"));
    const processes = backups.processes ?? Math.max(1, Math.floor(availableParallelism() / 2));
    const text = pulumi
      .all([
        database.dataDirectory,
        ground.home.get("run"),
        ground.port("database"),
        repository,
        ground.home.get("log"),
      ])
      .apply(([dataDirectory, run, port, folder, log]) =>
        pgbackrestConf({
          stanza: stanzaName,
          dataDirectory,
          socket: run,
          port,
          role: "backup",
          repository: folder,
          log,
          lock: run,
          spool: run,
          processes,
          backups,
        }),
      );
    const conf = ground.file(`${name}-conf`, "pgbackrest.conf", text, this);
    const pgbackrest = ground.parts.get("pgbackrest");
    const config = ground.path("etc", "pgbackrest.conf");
    this.ready = stanza(
      `${name}-stanza`,
      {
        pgbackrest,
        config,
        stanza: stanzaName,
        repository,
        place: ground.place,
        systemIdentifier: database.cluster.get("systemIdentifier"),
        configHash: conf.get("hash"),
      },
      { parent: this, dependsOn: [conf, database.server, roles.ready] },
    );
    this.backup = pulumi
      .all([
        config,
        repository,
        database.dataDirectory,
        ground.account,
        pgbackrest,
        ground.parts.get("server"),
        ground.home.get("path"),
      ])
      .apply(([file, folder, dataDirectory, account, program, server, home]) => ({
        kind: "pgbackrest" as const,
        stanza: stanzaName,
        config: file,
        repositories: [folder],
        retention: backups.retention,
        dataDirectory,
        run: {
          how: "local" as const,
          account,
          pgbackrest: program,
          serverBin: server.bin,
          scratch: join(home, "scratch"),
        },
      }));
    this.registerOutputs({ repository });
  }
}
