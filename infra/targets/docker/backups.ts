import * as pulumi from "@pulumi/pulumi";
import type { Access } from "../../components/access.ts";
import { pgbackrestConf } from "../../components/backups.ts";
import type { StackOutputs } from "../../contract.ts";
import { stanza } from "../../resources.ts";
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
    const text = pgbackrestConf({
      stanza: stanzaName,
      dataDirectory: home("data", "postgres"),
      socket: home("run"),
      port: inside.database,
      role: "backup",
      repository: home("backups"),
      log: home("run"),
      lock: home("run"),
      spool: home("run"),
      processes: backups.processes ?? Math.max(1, Math.floor(docker.cpus / 2)),
      backups,
    });
    const conf = ground.file(`${name}-conf`, "pgbackrest.conf", text, this);
    stanza(
      `${name}-stanza`,
      {
        pgbackrest: "pgbackrest",
        config: home("etc", "pgbackrest.conf"),
        stanza: stanzaName,
        repository: home("backups"),
        place: ground.ops.name.apply((container) => ({ how: "container" as const, container })),
        systemIdentifier: ground.volumes.data.id,
        configHash: conf.get("hash"),
      },
      { parent: this, dependsOn: [conf, database.server, roles.ready] },
    );
    const run = ground.ops.name.apply((container) => ({
      how: "container" as const,
      container,
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
    repositories: [home("backups")],
    retention: ground.stack.config.backups.retention,
    dataDirectory: home("data", "postgres"),
    run,
  };
}

/** The same programs as in the database's container: the ops image is built on it. */
export const insideRun = (major: number): Backup["run"] => ({
  how: "local",
  account: null,
  pgbackrest: "/usr/bin/pgbackrest",
  serverBin: `/usr/lib/postgresql/${major}/bin`,
  scratch: home("scratch"),
});
