import * as pulumi from "@pulumi/pulumi";
import type { Access } from "../../components/access.ts";
import {
  alertmanagerConfig,
  alertRules,
  prometheusConfig,
  prometheusSpan,
  rulesFile,
} from "../../components/monitoring.ts";
import type { Monitoring } from "../../target.ts";
import type { NativeDatabase } from "./database.ts";
import { type Ground, loopback, ownScript, type Server } from "./ground.ts";
import type { NativePooler } from "./pooler.ts";

/** Exporters, Prometheus and Alertmanager on this machine, all on loopback. */
export class NativeMonitoring extends pulumi.ComponentResource implements Monitoring {
  readonly monitoring: Monitoring["monitoring"];
  readonly parts: Monitoring["parts"];

  constructor(
    name: string,
    ground: Ground,
    database: NativeDatabase,
    roles: Access,
    pooler: NativePooler,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:native:Monitoring", name, {}, options);
    const { config } = ground.stack;
    const url = (server: Server, path = "") => pulumi.interpolate`http://${ground.address(server)}${path}`;
    const answers = (server: Server, path: string) =>
      url(server, path).apply((to) => ({ how: "http" as const, url: to }));

    const postgresExporter = ground.process(
      "postgres_exporter",
      {
        program: ground.parts.get("postgresExporter"),
        args: [pulumi.interpolate`--web.listen-address=${ground.address("postgres_exporter")}`, "--log.level=warn"],
        env: pulumi
          .all([ground.address("database"), roles.passwords.monitor, ground.caFile])
          .apply(([address, password, ca]) => ({
            DATA_SOURCE_URI: `${address}/${config.database.name}?sslmode=verify-full&sslrootcert=${ca}`,
            DATA_SOURCE_USER: "monitor",
            DATA_SOURCE_PASS: password,
          })),
        ready: answers("postgres_exporter", "/metrics"),
      },
      { parent: this, dependsOn: [database.server, roles.ready] },
    );

    const pgbouncerExporter = ground.process(
      "pgbouncer_exporter",
      {
        ...pgbouncerExporterCommand(ground, roles),
        ready: answers("pgbouncer_exporter", "/metrics"),
      },
      { parent: this, dependsOn: [pooler.server] },
    );

    const alertmanagerFile = ground.file(
      `${name}-alertmanager`,
      "alertmanager.yml",
      alertmanagerConfig(config.monitoring.webhook),
      this,
    );
    const alertmanager = ground.process(
      "alertmanager",
      {
        program: ground.parts.get("alertmanager"),
        args: [
          pulumi.interpolate`--config.file=${ground.path("etc", "alertmanager.yml")}`,
          pulumi.interpolate`--storage.path=${ground.path("data", "alertmanager")}`,
          pulumi.interpolate`--web.listen-address=${ground.address("alertmanager")}`,
          "--cluster.listen-address=",
          "--log.level=warn",
        ],
        ready: answers("alertmanager", "/-/ready"),
        reloadKey: alertmanagerFile.get("hash"),
      },
      { parent: this, dependsOn: [alertmanagerFile] },
    );

    const rules = ground.file(`${name}-rules`, "rules.yml", rulesFile(alertRules(config)), this);
    const prometheusText = pulumi
      .all([
        ground.address("postgres_exporter"),
        ground.address("pgbouncer_exporter"),
        ground.address("scheduler"),
        ground.address("prometheus"),
        ground.address("alertmanager"),
        ground.path("etc", "rules.yml"),
      ])
      .apply(([postgres, pgbouncer, scheduler, prometheus, alerts, file]) =>
        prometheusConfig(
          { postgres, pgbouncer, scheduler, prometheus },
          alerts,
          file,
          config.monitoring.scrape_interval,
        ),
      );
    const prometheusFile = ground.file(`${name}-prometheus`, "prometheus.yml", prometheusText, this);
    ground.process(
      "prometheus",
      {
        program: ground.parts.get("prometheus"),
        args: [
          pulumi.interpolate`--config.file=${ground.path("etc", "prometheus.yml")}`,
          pulumi.interpolate`--storage.tsdb.path=${ground.path("data", "prometheus")}`,
          pulumi.interpolate`--web.listen-address=${ground.address("prometheus")}`,
          `--storage.tsdb.retention.time=${prometheusSpan(config.monitoring.retention)}`,
          "--log.level=warn",
        ],
        ready: answers("prometheus", "/-/ready"),
        reloadKey: pulumi.interpolate`${prometheusFile.get("hash")} ${rules.get("hash")}`,
      },
      { parent: this, dependsOn: [prometheusFile, rules, alertmanager, postgresExporter, pgbouncerExporter] },
    );
    this.monitoring = pulumi
      .all([
        url("prometheus"),
        url("alertmanager"),
        url("postgres_exporter", "/metrics"),
        url("pgbouncer_exporter", "/metrics"),
        url("scheduler", "/metrics"),
      ])
      .apply(([prometheus, alerts, postgres, pgbouncer, scheduler]) => ({
        prometheus,
        alertmanager: alerts,
        exporters: { postgres, pgbouncer, scheduler },
      }));
    this.parts = pulumi.all([
      this.row(ground, "postgres_exporter", "metrics of PostgreSQL"),
      this.row(ground, "pgbouncer_exporter", "metrics of PgBouncer"),
      this.row(ground, "alertmanager", "sends alerts on"),
      this.row(ground, "prometheus", "collects metrics, raises alerts"),
    ]);
    this.registerOutputs({ monitoring: this.monitoring });
  }

  private row(ground: Ground, server: Server, what: string) {
    return pulumi
      .all([ground.address(server), ground.path("log", `${server}.log`)])
      .apply(([address, log]) => ({ name: server, what, address, log }));
  }
}

/** Upstream's exporter where somebody installed it, else Landfall's own, which has the same metrics. */
function pgbouncerExporterCommand(ground: Ground, roles: Access) {
  const listen = ground.address("pgbouncer_exporter");
  const own = ownScript("pgbouncer-exporter");
  const upstream = ground.parts.get("pgbouncerExporter");
  return {
    program: upstream.apply((path) => path ?? process.execPath),
    args: pulumi
      .all([upstream, listen])
      .apply(([path, address]) => (path ? [`--web.listen-address=${address}`, "--log.level=warn"] : [own, address])),
    env: pulumi.all([ground.port("pooler"), roles.passwords.monitor, ground.caFile]).apply(([port, password, ca]) => ({
      PGBOUNCER_EXPORTER_CONNECTION_STRING: `postgres://monitor:${password}@${loopback}:${port}/pgbouncer?sslmode=verify-full&sslrootcert=${ca}`,
    })),
    asCaller: true,
  };
}
