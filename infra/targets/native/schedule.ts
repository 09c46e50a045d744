import * as pulumi from "@pulumi/pulumi";
import { jobsFile, supervise } from "../../components/schedule.ts";
import type { StackOutputs } from "../../contract.ts";
import type { Schedule } from "../../target.ts";
import { type Ground, ownScript } from "./ground.ts";

/** Landfall's own scheduler as a process of this machine (docs/decisions/0006 says why not cron alone). */
export class NativeSchedule extends pulumi.ComponentResource implements Schedule {
  readonly parts: Schedule["parts"];

  constructor(
    name: string,
    ground: Ground,
    outputs: pulumi.Output<StackOutputs>,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:native:Schedule", name, {}, options);
    const { config } = ground.stack;
    // The jobs need what every script is given. The file is as secret as the passwords in it: mode 0600.
    const given = ground.file(`${name}-outputs`, "outputs.json", pulumi.jsonStringify(outputs, undefined, 2), this);
    const jobs = ground.file(`${name}-jobs`, "schedule.json", jobsFile(config), this);
    ground.process(
      "scheduler",
      {
        program: "/bin/sh",
        args: [
          ...["-c", supervise, "supervise", process.execPath, ownScript("scheduler")],
          ...["--jobs", ground.path("etc", "schedule.json"), "--state", ground.path("data", "schedule")],
          ...["--outputs", ground.path("etc", "outputs.json"), "--daemons", ground.home.get("run")],
          ...["--listen", ground.address("scheduler")],
        ],
        ready: ground
          .address("scheduler")
          .apply((address) => ({ how: "http" as const, url: `http://${address}/metrics` })),
        restartKey: pulumi.interpolate`${given.get("hash")} ${jobs.get("hash")}`,
        // A backup that runs is waited for: ending it half-way would only cost the night's backup.
        stopTimeoutMs: 20_000,
        asCaller: true,
      },
      { parent: this, dependsOn: [given, jobs] },
    );
    this.parts = pulumi
      .all([ground.address("scheduler"), ground.path("log", "scheduler.log")])
      .apply(([address, log]) => [{ name: "scheduler", what: "runs backups and the rest on time", address, log }]);
    this.registerOutputs({ jobs: ground.path("etc", "schedule.json") });
  }
}
