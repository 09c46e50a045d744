import { availableParallelism, totalmem, userInfo } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { archiveSettings } from "../../components/backups.ts";
import {
  hbaFile,
  identFile,
  type MachineSize,
  postgresSettings,
  settingsFile,
  tlsSettings,
} from "../../components/database.ts";
import { type ClusterResource, cluster } from "../../resources.ts";
import type { StackConfig } from "../../schema.ts";
import { parseMemory } from "../../settings.ts";
import type { Database } from "../../target.ts";
import { type Ground, loopback } from "./ground.ts";

export const superuser = "postgres";
export const stanzaName = "main";

/** A laptop is not the database's alone: half of it, and no more than this, unless the configuration says so. */
const mostMemory = 4 * 1024 ** 3;

/** A PostgreSQL cluster on this machine, listening on loopback only, archiving its WAL. */
export class NativeDatabase extends pulumi.ComponentResource implements Database {
  readonly connection: Database["connection"];
  readonly parts: Database["parts"];
  readonly cluster: ClusterResource;
  /** The running server: what needs it depends on it. */
  readonly server: pulumi.Resource;
  readonly dataDirectory: pulumi.Output<string>;

  constructor(name: string, ground: Ground, options?: pulumi.ComponentResourceOptions) {
    super("landfall:native:Database", name, {}, options);
    const { config } = ground.stack;
    const installed = ground.parts.get("server");
    const bin = installed.apply((server) => server.bin);
    const major = installed.apply((server) => server.major);
    this.dataDirectory = ground.path("data", "postgres");
    const parent = { parent: this };
    this.cluster = cluster(
      `${name}-cluster`,
      { dataDirectory: this.dataDirectory, bin, major, account: ground.account },
      parent,
    );

    const archive = pulumi
      .all([ground.parts.get("pgbackrest"), ground.path("etc", "pgbackrest.conf")])
      .apply(([program, file]) => archiveSettings(program, file, stanzaName, config.postgresql.archive_timeout));
    const tls = ground.serverCertificate(name, this);
    const tlsFiles = pulumi.all([tls.certificate.get("path"), tls.key.get("path")]);
    const settings = pulumi
      .all([
        archive,
        ground.port("database"),
        ground.home.get("run"),
        ground.home.get("etc"),
        this.dataDirectory,
        tlsFiles,
        major,
      ])
      .apply(([archiving, port, run, etc, data, [certificate, key], version]) =>
        settingsFile({
          ...postgresSettings(config.postgresql, sizeFor(config.native), version),
          ...archiving,
          ...tlsSettings(certificate, key),
          listen_addresses: loopback,
          port: String(port),
          unix_socket_directories: run,
          unix_socket_permissions: "0700",
          data_directory: data,
          hba_file: join(etc, "pg_hba.conf"),
          ident_file: join(etc, "pg_ident.conf"),
          cluster_name: ground.stack.name,
        }),
      );
    const account = ground.account.apply((owner) => owner?.name ?? userInfo().username);
    const files = [
      tls.certificate,
      tls.key,
      ground.file(`${name}-conf`, "postgresql.conf", settings, this),
      ground.file(`${name}-hba`, "pg_hba.conf", hbaFile(superuser, "backup"), this),
      ground.file(
        `${name}-ident`,
        "pg_ident.conf",
        account.apply((owner) => identFile(owner, [superuser, "backup"])),
        this,
      ),
    ];

    const query = (sql: string) =>
      pulumi.all([bin, ground.home.get("run"), ground.port("database")]).apply(([folder, run, port]) => ({
        program: join(folder, "psql"),
        args: ["-XAtq", "-h", run, "-p", String(port), "-U", superuser, "-d", "postgres", "-c", sql],
      }));
    this.server = ground.process(
      "postgres",
      {
        program: bin.apply((folder) => join(folder, "postgres")),
        args: [pulumi.interpolate`--config-file=${ground.path("etc", "postgresql.conf")}`],
        locks: [
          pulumi.interpolate`${this.dataDirectory}/postmaster.pid`,
          pulumi.interpolate`${ground.home.get("run")}/.s.PGSQL.${ground.port("database")}.lock`,
        ],
        ready: query("SELECT 1").apply((command) => ({ how: "command" as const, ...command })),
        // Recovery after a crash has to be waited for: giving up would only start it over.
        readyTimeoutMs: 300_000,
        stopSignal: "SIGINT",
        stopTimeoutMs: 120_000,
        restartKey: pulumi
          .all([installed, this.cluster.get("systemIdentifier")])
          .apply(([server, identifier]) => `${server.version} ${identifier}`),
        reloadKey: pulumi.all(files.map((file) => file.get("hash"))).apply((hashes) => hashes.join(" ")),
        afterReload: pulumi
          .all([query("SELECT pg_conf_load_time()"), query("SELECT name FROM pg_settings WHERE pending_restart")])
          .apply(([loaded, pending]) => ({ loaded, pending })),
      },
      { parent: this, dependsOn: [this.cluster, ...files] },
    );

    const { database } = config;
    this.connection = pulumi.all([ground.port("database"), major, ground.tls]).apply(([port, version, how]) => ({
      host: loopback,
      port,
      name: database.name,
      major: version,
      tls: how,
    }));
    this.parts = pulumi
      .all([installed, ground.address("database"), ground.path("log", "postgres.log")])
      .apply(([server, address, log]) => [{ name: "postgres", what: `PostgreSQL ${server.version}`, address, log }]);
    this.registerOutputs({ connection: this.connection, dataDirectory: this.dataDirectory });
  }
}

function sizeFor(native: StackConfig["native"]): MachineSize {
  const usual = Math.min(totalmem() / 2, mostMemory);
  return {
    memory: native.memory ? parseMemory(native.memory) : usual,
    cpus: native.cpus ?? availableParallelism(),
  };
}
