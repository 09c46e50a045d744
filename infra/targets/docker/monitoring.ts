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
import type { DockerDatabase } from "./database.ts";
import { grafanaContainer } from "./grafana.ts";
import type { Ground } from "./ground.ts";
import { home, inside, node, project, type Server } from "./layout.ts";
import type { DockerPooler } from "./pooler.ts";

/** Exporters, Prometheus, Alertmanager and, if asked for, Grafana, each in a container of its own. */
export class DockerMonitoring extends pulumi.ComponentResource implements Monitoring {
  readonly monitoring: Monitoring["monitoring"];
  readonly parts: Monitoring["parts"];

  constructor(
    name: string,
    ground: Ground,
    database: DockerDatabase,
    roles: Access,
    pooler: DockerPooler,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:docker:Monitoring", name, {}, options);
    const { config } = ground.stack;
    const at = (server: Server, part = server as string) => `${ground.named(part)}:${inside[server]}`;
    const verify = `sslmode=verify-full&sslrootcert=${home("etc", "ca.crt")}`;
    // Files, not variables: a container's environment is shown by docker inspect.
    const password = ground.file(`${name}-password`, "monitor.password", roles.passwords.monitor, this);
    const dsn = roles.passwords.monitor.apply(
      (value) => `postgres://monitor:${value}@${at("pooler")}/pgbouncer?${verify}`,
    );
    const console = ground.file(`${name}-console`, "pgbouncer-exporter.dsn", dsn, this);

    const postgresExporter = ground.container(
      "postgres-exporter",
      {
        image: ground.images.monitoring,
        server: "postgres_exporter",
        reads: ["etc"],
        command: [
          "env",
          `DATA_SOURCE_URI=${at("database")}/${config.database.name}?${verify}`,
          "DATA_SOURCE_USER=monitor",
          `DATA_SOURCE_PASS_FILE=${home("etc", "monitor.password")}`,
          "prometheus-postgres-exporter",
          `--web.listen-address=:${inside.postgres_exporter}`,
          "--log.level=warn",
        ],
      },
      { parent: this, dependsOn: [password, database.server, roles.ready] },
    );
    ground.process(`${name}-postgres-exporter`, postgresExporter, { restartKey: password.get("hash") }, this);

    const pgbouncerExporter = ground.container(
      "pgbouncer-exporter",
      {
        image: ground.images.ops,
        server: "pgbouncer_exporter",
        reads: ["etc"],
        command: [
          node,
          `${project}/scripts/pgbouncer-exporter.mjs`,
          home("etc", "pgbouncer-exporter.dsn"),
          `0.0.0.0:${inside.pgbouncer_exporter}`,
        ],
      },
      { parent: this, dependsOn: [console, pooler.container] },
    );
    ground.process(`${name}-pgbouncer-exporter`, pgbouncerExporter, { restartKey: console.get("hash") }, this);

    const alertmanagerFile = ground.file(
      `${name}-alertmanager`,
      "alertmanager.yml",
      alertmanagerConfig(config.monitoring.webhook),
      this,
    );
    const alertmanager = ground.container(
      "alertmanager",
      {
        image: ground.images.monitoring,
        server: "alertmanager",
        reads: ["etc"],
        writes: ["metrics"],
        command: [
          "prometheus-alertmanager",
          `--config.file=${home("etc", "alertmanager.yml")}`,
          `--storage.path=${home("metrics", "alertmanager")}`,
          `--web.listen-address=:${inside.alertmanager}`,
          "--cluster.listen-address=",
          "--log.level=warn",
        ],
      },
      { parent: this, dependsOn: [alertmanagerFile] },
    );
    ground.process(`${name}-alertmanager-process`, alertmanager, { reloadKey: alertmanagerFile.get("hash") }, this);

    const rules = ground.file(`${name}-rules`, "rules.yml", rulesFile(alertRules(config)), this);
    const scrapes = {
      postgres: at("postgres_exporter", "postgres-exporter"),
      pgbouncer: at("pgbouncer_exporter", "pgbouncer-exporter"),
      scheduler: at("scheduler"),
      prometheus: at("prometheus"),
    };
    const text = prometheusConfig(
      scrapes,
      at("alertmanager"),
      home("etc", "rules.yml"),
      config.monitoring.scrape_interval,
    );
    const prometheusFile = ground.file(`${name}-prometheus`, "prometheus.yml", text, this);
    const prometheus = ground.container(
      "prometheus",
      {
        image: ground.images.monitoring,
        server: "prometheus",
        reads: ["etc"],
        writes: ["metrics"],
        command: [
          "prometheus",
          `--config.file=${home("etc", "prometheus.yml")}`,
          `--storage.tsdb.path=${home("metrics", "prometheus")}`,
          `--web.listen-address=:${inside.prometheus}`,
          `--storage.tsdb.retention.time=${prometheusSpan(config.monitoring.retention)}`,
          "--log.level=warn",
        ],
      },
      { parent: this, dependsOn: [prometheusFile, rules] },
    );
    const reloadKey = pulumi.interpolate`${prometheusFile.get("hash")} ${rules.get("hash")}`;
    ground.process(`${name}-prometheus-process`, prometheus, { reloadKey }, this);
    if (config.docker.grafana) grafanaContainer(name, ground, config.docker.grafana, this);

    const url = (server: Server, path = "") =>
      ground.address(server).apply(({ host, port }) => `http://${host}:${port}${path}`);
    this.monitoring = pulumi
      .all([
        url("prometheus"),
        url("alertmanager"),
        url("postgres_exporter", "/metrics"),
        url("pgbouncer_exporter", "/metrics"),
        url("scheduler", "/metrics"),
      ])
      .apply(([toPrometheus, toAlertmanager, postgres, pgbouncer, scheduler]) => ({
        prometheus: toPrometheus,
        alertmanager: toAlertmanager,
        exporters: { postgres, pgbouncer, scheduler },
      }));
    this.parts = ground.rows([
      { server: "postgres_exporter", part: "postgres-exporter", what: "metrics of PostgreSQL" },
      { server: "pgbouncer_exporter", part: "pgbouncer-exporter", what: "metrics of PgBouncer" },
      { server: "alertmanager", part: "alertmanager", what: "sends alerts on" },
      { server: "prometheus", part: "prometheus", what: "collects metrics, raises alerts" },
      ...(config.docker.grafana ? [{ server: "grafana" as const, part: "grafana", what: "draws them" }] : []),
    ]);
    this.registerOutputs({ monitoring: this.monitoring });
  }
}
