import { spawn } from "node:child_process";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import type { StackOutputs } from "../../../infra/contract.ts";
import { cutShort, isCutShort } from "../backup/restore/cut-short.ts";
import { argumentsAfter } from "../cli/arguments.ts";
import { LandfallError } from "../cli/errors.ts";
import { answerRequests, controlVariable } from "./container-server.ts";

type Backup = Extract<StackOutputs["backup"], { kind: "pgbackrest" }>;

export type RdsBackup = Extract<StackOutputs["backup"], { kind: "rds" }>;
export type RdsStack = StackOutputs & { backup: RdsBackup };

/** Whether RDS makes the backups: its verbs ask AWS, and run anywhere. */
export const isOnRds = (outputs: StackOutputs): outputs is RdsStack => outputs.backup.kind === "rds";

/** Backups that are made by programs of this machine, or of the container that this runs in. */
export type LocalBackup = Backup & { run: Extract<Backup["run"], { how: "local" }> };

/** What is of use while the database is half restored; whatever else comes here would report a symptom of that. */
const afterCutShort = ["restore", "backups"];

/**
 * Where a verb works on backups, it has to run where their tools are. On this machine that is here; for a stack of
 * containers the same verb is run in the container that has them, with the same arguments, and this process ends as it
 * ended.
 * @param script `import.meta` of the verb's script
 * @param controls whether the verb may want the server stopped and started
 */
export async function besideBackups(
  outputs: StackOutputs,
  script: ImportMeta,
  controls = false,
): Promise<StackOutputs & { backup: LocalBackup }> {
  const { backup } = outputs;
  const verb = basename(fileURLToPath(script.url), ".mjs");
  if (backup.kind !== "pgbackrest") throw notOnAws(verb, backup.identifier);
  if (backup.run.how === "local" && !afterCutShort.includes(verb) && isCutShort(backup.records))
    throw cutShort(outputs.stack);
  if (backup.run.how === "local") return { ...outputs, backup: { ...backup, run: backup.run } };
  return runInside(backup.run, script, controls);
}

/** The same for a verb that asks the scheduler: where that is in a container, its address may be known only inside. */
export async function besideSchedule(outputs: StackOutputs, script: ImportMeta): Promise<StackOutputs> {
  const { backup } = outputs;
  return backup.kind === "pgbackrest" && backup.run.how === "container" ? runInside(backup.run, script) : outputs;
}

async function runInside(
  run: Extract<Backup["run"], { how: "container" }>,
  script: ImportMeta,
  controls = false,
): Promise<never> {
  const { container, project, node, outputs: file, server } = run;
  const path = fileURLToPath(script.url);
  const command = [node, `${project}/scripts/${basename(path)}`, ...argumentsAfter(path)];
  const controlled = controls && server !== undefined;
  const variables = [`LANDFALL_OUTPUTS=${file}`, ...(controlled ? [`${controlVariable}=1`] : [])];
  const child = spawn(
    "docker",
    ["exec", "--interactive", ...variables.flatMap((variable) => ["--env", variable]), container, ...command],
    { stdio: controlled ? ["pipe", "inherit", "pipe"] : "inherit" },
  );
  if (controlled) answerRequests(child, server);
  const code = await new Promise<number>((resolve, reject) => {
    child.on("error", () =>
      reject(
        new LandfallError(
          "machine",
          "docker cannot be run",
          "install the docker command, and check that its daemon runs",
        ),
      ),
    );
    child.on("close", (status) => resolve(status ?? 1));
  });
  process.exit(code);
}

const notOnAws = (verb: string, identifier: string): LandfallError =>
  new LandfallError(
    "usage",
    `${verb} works with pgBackRest, and the backups of ${identifier} are made by RDS`,
    "docs/aws.md says how backups and restores are made on AWS",
  );
