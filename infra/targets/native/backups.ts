import { availableParallelism } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Access } from "../../components/access.ts";
import { pgbackrestConf, repositoryFolders, repositoryNames } from "../../components/backups.ts";
import { password, stanza } from "../../resources.ts";
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
    const encrypted = backups.encryption !== "none";
    const passphrase = encrypted
      ? password(`${name}-cipher`, { generation: 1 }, { parent: this }).get("value")
      : undefined;
    const text = pulumi
      .all([
        database.dataDirectory,
        ground.home.get("run"),
        ground.port("database"),
        repository,
        ground.home.get("log"),
        passphrase,
      ])
      .apply(([dataDirectory, run, port, folder, log, secret]) =>
        pgbackrestConf({
          stanza: stanzaName,
          dataDirectory,
          socket: run,
          port,
          role: "backup",
          repository: folder,
          passphrase: secret,
          log,
          lock: run,
          spool: run,
          processes,
          backups,
        }),
      );
    // The store's key comes from the configuration, which does not say by itself that it is a secret.
    const conf = ground.file(`${name}-conf`, "pgbackrest.conf", backups.second.s3 ? pulumi.secret(text) : text, this);
    const pgbackrest = ground.parts.get("pgbackrest");
    const config = ground.path("etc", "pgbackrest.conf");
    this.ready = stanza(
      `${name}-stanza`,
      {
        pgbackrest,
        config,
        stanza: stanzaName,
        repositories: repository.apply((folder) => repositoryFolders(folder, backups)),
        place: ground.place,
        systemIdentifier: database.cluster.get("systemIdentifier"),
        configHash: conf.get("hash"),
      },
      { parent: this, dependsOn: [conf, database.server, roles.ready] },
    );
    const programs = pulumi.all([pgbackrest, ground.parts.get("server"), ground.parts.get("pgbouncer")]);
    const folders = pulumi.all([ground.home.get("path"), ground.home.get("run")]);
    this.backup = pulumi
      .all([config, repository, database.dataDirectory, ground.account, programs, folders])
      .apply(([file, folder, dataDirectory, account, [program, server, pooler], [home, sockets]]) => ({
        kind: "pgbackrest" as const,
        stanza: stanzaName,
        config: file,
        repositories: repositoryNames(folder, backups),
        retention: backups.retention,
        dataDirectory,
        records: join(home, "records"),
        run: {
          how: "local" as const,
          account,
          pgbackrest: program,
          serverBin: server.bin,
          pgbouncer: pooler.path,
          scratch: join(home, "scratch"),
          server: join(sockets, "postgres.daemon.json"),
        },
      }));
    this.registerOutputs({ repository });
  }
}
