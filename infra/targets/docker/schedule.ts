import * as pulumi from "@pulumi/pulumi";
import { jobsFile } from "../../components/schedule.ts";
import type { StackOutputs } from "../../contract.ts";
import type { Schedule } from "../../target.ts";
import { backupOutputs, insideRun } from "./backups.ts";
import type { Ground } from "./ground.ts";
import { home, inside, node, project } from "./layout.ts";

/** The scheduler in a container: it runs this repository's verbs beside the database. Docker restarts what has died. */
export class DockerSchedule extends pulumi.ComponentResource implements Schedule {
  readonly parts: Schedule["parts"];

  constructor(
    name: string,
    ground: Ground,
    outputs: pulumi.Output<StackOutputs>,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:docker:Schedule", name, {}, options);
    const { config } = ground.stack;
    const seen = outputs.apply((outside) => fromInside(ground, outside));
    const given = ground.file(`${name}-outputs`, "outputs.json", pulumi.jsonStringify(seen, undefined, 2), this);
    const jobs = ground.file(`${name}-jobs`, "schedule.json", jobsFile(config), this);
    const container = ground.container(
      "scheduler",
      {
        image: ground.images.ops,
        server: "scheduler",
        reads: ["etc"],
        writes: ["data", "run", "backups", "scratch", "schedule"],
        command: [
          ...[node, `${project}/scripts/scheduler.mjs`, "--jobs", home("etc", "schedule.json")],
          ...["--state", home("schedule"), "--outputs", home("etc", "outputs.json")],
          ...["--listen", `0.0.0.0:${inside.scheduler}`],
        ],
      },
      { parent: this, dependsOn: [given, jobs] },
    );
    const restartKey = pulumi.interpolate`${given.get("hash")} ${jobs.get("hash")}`;
    ground.process(`${name}-process`, container, { restartKey }, this);
    this.parts = ground.rows([{ server: "scheduler", part: "scheduler", what: "runs backups and the rest on time" }]);
    this.registerOutputs({ container: container.name });
  }
}

/** The stack's outputs as its own containers see them: by name in the network, and with pgBackRest at hand. */
function fromInside(ground: Ground, outputs: StackOutputs): StackOutputs {
  const tls = { mode: "verify-full" as const, caFile: home("etc", "ca.crt") };
  const url = (server: keyof typeof inside, part: string, path = "") =>
    `http://${ground.named(part)}:${inside[server]}${path}`;
  return {
    ...outputs,
    database: { ...outputs.database, host: ground.named("database"), port: inside.database, tls },
    pooler: { ...outputs.pooler, host: ground.named("pooler"), port: inside.pooler, tls },
    backup: backupOutputs(ground, insideRun(outputs.database.major)),
    monitoring: {
      prometheus: url("prometheus", "prometheus"),
      alertmanager: url("alertmanager", "alertmanager"),
      exporters: {
        postgres: url("postgres_exporter", "postgres-exporter", "/metrics"),
        pgbouncer: url("pgbouncer_exporter", "pgbouncer-exporter", "/metrics"),
        scheduler: url("scheduler", "scheduler", "/metrics"),
      },
    },
  };
}
