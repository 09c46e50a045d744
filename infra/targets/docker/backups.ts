import * as pulumi from "@pulumi/pulumi";
import type { Access } from "../../components/access.ts";
import { pgbackrestConf, repositoryFolders, repositoryNames } from "../../components/backups.ts";
import type { StackOutputs } from "../../contract.ts";
import { password, stanza } from "../../resources.ts";
import type { Backups } from "../../target.ts";
import { type DockerDatabase, stanzaName } from "./database.ts";
import type { Ground } from "./ground.ts";
import { home, inside, node, project } from "./layout.ts";

/** pgBackRest: WAL is sent from the database's container, backups and drills are run in ops, which shares its volumes. */
export class DockerBackups extends pulumi.ComponentResource implements Backups {
  readonly backup: Backups["backup"];

  constructor(
    name: string,
    ground: Ground,
    database: DockerDatabase,
    roles: Access,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:docker:Backups", name, {}, options);
    const { backups, docker } = ground.stack.config;
    const encrypted = backups.encryption !== "none";
    const passphrase = encrypted
      ? password(`${name}-cipher`, { generation: 1 }, { parent: this }).get("value")
      : undefined;
    const text = pulumi.output(passphrase).apply((secret) =>
      pgbackrestConf({
        stanza: stanzaName,
        dataDirectory: home("data", "postgres"),
        socket: home("run"),
        port: inside.database,
        role: "backup",
        repository: home("backups"),
        passphrase: secret,
        log: home("run"),
        lock: home("run"),
        spool: home("run"),
        processes: backups.processes ?? Math.max(1, Math.floor(docker.cpus / 2)),
        backups,
      }),
    );
    // The store's key comes from the configuration, which does not say by itself that it is a secret.
    const conf = ground.file(`${name}-conf`, "pgbackrest.conf", backups.second.s3 ? pulumi.secret(text) : text, this);
    stanza(
      `${name}-stanza`,
      {
        pgbackrest: "pgbackrest",
        config: home("etc", "pgbackrest.conf"),
        stanza: stanzaName,
        repositories: repositoryFolders(home("backups"), backups),
        place: ground.opsName.apply((container) => ({ how: "container" as const, container })),
        systemIdentifier: ground.volumes.data.id,
        configHash: conf.get("hash"),
      },
      { parent: this, dependsOn: [conf, database.server, roles.ready] },
    );
    const run = pulumi.all([ground.ops.name, database.container.name]).apply(([container, server]) => ({
      how: "container" as const,
      container,
      server,
      project,
      node,
      outputs: home("etc", "outputs.json"),
    }));
    this.backup = run.apply((how) => backupOutputs(ground, how));
    this.registerOutputs({ repository: home("backups") });
  }
}

type Backup = Extract<StackOutputs["backup"], { kind: "pgbackrest" }>;

/** The backups as scripts see them, from outside or from inside the containers. */
export function backupOutputs(ground: Ground, run: Backup["run"]): Backup {
  return {
    kind: "pgbackrest",
    stanza: stanzaName,
    config: home("etc", "pgbackrest.conf"),
    repositories: repositoryNames(home("backups"), ground.stack.config.backups),
    retention: ground.stack.config.backups.retention,
    dataDirectory: home("data", "postgres"),
    records: home("schedule", "records"),
    run,
  };
}

/** The same programs as in the database's container: the ops image is built on it. */
export const insideRun = (major: number): Backup["run"] => ({
  how: "local",
  account: null,
  pgbackrest: "/usr/bin/pgbackrest",
  serverBin: `/usr/lib/postgresql/${major}/bin`,
  pgbouncer: "/usr/sbin/pgbouncer",
  scratch: home("scratch"),
  // Docker starts and stops the server, and containers have no say over each other: a restore in place asks from outside.
  server: null,
});
