import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { archiveSettings } from "../../components/backups.ts";
import { hbaFile, identFile, postgresSettings, settingsFile, tlsSettings } from "../../components/database.ts";
import type { Database } from "../../target.ts";
import type { Ground } from "./ground.ts";
import { home, inside } from "./layout.ts";

export const superuser = "postgres";
export const stanzaName = "main";
const MB = 1024 ** 2;

/** PostgreSQL in a container; its data is a volume, its settings are files in another. */
export class DockerDatabase extends pulumi.ComponentResource implements Database {
  readonly connection: Database["connection"];
  readonly parts: Database["parts"];
  readonly container: docker.Container;
  /** The server with its present configuration: what needs it depends on it. */
  readonly server: pulumi.Resource;

  constructor(name: string, ground: Ground, options?: pulumi.ComponentResourceOptions) {
    super("landfall:docker:Database", name, {}, options);
    const { config } = ground.stack;
    const tls = ground.serverCertificate(name, "database", this);
    const major = config.database.major ?? 17;
    const size = { memory: config.docker.database_memory_mb * MB, cpus: config.docker.cpus };
    const settings = settingsFile({
      ...postgresSettings(config.postgresql, size, major),
      ...archiveSettings("pgbackrest", home("etc", "pgbackrest.conf"), stanzaName, config.postgresql.archive_timeout),
      ...tlsSettings(home("etc", `${name}.crt`), home("etc", `${name}.key`)),
      listen_addresses: "*",
      port: String(inside.database),
      unix_socket_directories: home("run"),
      unix_socket_permissions: "0700",
      data_directory: home("data", "postgres"),
      hba_file: home("etc", "pg_hba.conf"),
      ident_file: home("etc", "pg_ident.conf"),
      cluster_name: ground.stack.name,
    });
    const files = [
      ground.file(`${name}-conf`, "postgresql.conf", settings, this),
      // The network is the stack's own: whoever is in it, or comes through the published port, shows a password over TLS.
      ground.file(`${name}-hba`, "pg_hba.conf", hbaFile(superuser, "backup", ["0.0.0.0/0", "::/0"]), this),
      ground.file(`${name}-ident`, "pg_ident.conf", identFile("landfall", [superuser, "backup"]), this),
      tls.certificate,
      tls.key,
    ];
    this.container = ground.container(
      "database",
      {
        image: ground.images.database,
        server: "database",
        writes: ["data", "run", "backups"],
        reads: ["etc"],
        // As a user that may log in there: each refused one would be a line in the log, every other second.
        health: ["pg_isready", "-q", "-h", home("run"), "-U", superuser, "-d", "postgres"],
        memoryMB: config.docker.database_memory_mb,
        // Parallel queries share memory there; Docker's own 64 MB end them with "could not resize shared memory".
        shmMB: Math.max(256, Math.floor(config.docker.database_memory_mb / 4)),
        stopTimeout: 120,
      },
      { parent: this, dependsOn: files },
    );
    const ask = (sql: string) => ["psql", "-XAtq", "-h", home("run"), "-U", superuser, "-d", "postgres", "-c", sql];
    const reloadKey = pulumi.all(files.map((file) => file.get("hash"))).apply((hashes) => hashes.join(" "));
    const afterReload = {
      loaded: ask("SELECT pg_conf_load_time()"),
      pending: ask("SELECT name FROM pg_settings WHERE pending_restart"),
    };
    this.server = ground.process(`${name}-process`, this.container, { reloadKey, afterReload }, this);
    this.connection = pulumi.all([ground.address("database"), ground.caFile]).apply(([address, caFile]) => ({
      ...address,
      name: config.database.name,
      major,
      tls: { mode: "verify-full" as const, caFile },
    }));
    this.parts = ground.rows([{ server: "database", part: "database", what: `PostgreSQL ${major}` }]);
    this.registerOutputs({ connection: this.connection });
  }
}
