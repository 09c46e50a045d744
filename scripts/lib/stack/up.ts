import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { StackOutputs } from "../../../infra/contract.ts";
import { ensureParts } from "../../../machine/packages.ts";
import { run } from "../../../machine/run.ts";
import { cutShort } from "../backup/restore/cut-short.ts";
import { LandfallError, messageOf } from "../cli/errors.ts";
import type { Reporter } from "../cli/reporter.ts";
import { count, duration, table } from "../cli/table.ts";
import { refuse } from "../guard/guard.ts";
import { forgetKey, planKey, recordedKey, recordKey } from "../guard/known-good.ts";
import { projectRoot } from "../paths.ts";
import { requireDocker } from "./docker-daemon.ts";
import { chooseEngine, type EngineName } from "./engine.ts";
import { changeCount, type OperationSummary } from "./events.ts";
import { readOutputs } from "./outputs.ts";
import { ensureStack, operate, requireConfigured } from "./pulumi.ts";
import { restoreCutShort } from "./status.ts";

export interface StackResult extends Omit<OperationSummary, "steps"> {
  stack: string;
  engine: string;
  /** Absent after a preview or a destroy. */
  parts?: StackOutputs["parts"];
}

/**
 * Brings a stack to what its configuration says, with whichever engine can be had.
 * @param allowed names of resources that hold data and may nevertheless be replaced or deleted
 * @throws {LandfallError} "refused" where the plan would lose data that is not named
 */
export async function up(
  stack: string,
  engineName: EngineName,
  reporter: Reporter,
  allowed: string[] = [],
): Promise<StackResult> {
  requireConfigured(stack);
  await prepareMachine(stack, reporter);
  const engine = await chooseEngine(engineName);
  reporter.note(engine.why);
  const isNew = await ensureStack(engine, stack);
  await mustNotBeHalfRestored(isNew ? null : await readOutputs(stack));
  const key = planKey(stack, engine.name);
  const recorded = isNew ? "empty" : recordedKey(stack);
  if (recorded !== "empty" && (recorded !== key || allowed.length > 0)) {
    reporter.note("looking at the plan first: something has changed since the last up");
    const { steps } = await operate(engine, "preview", stack, { args: policyArguments(stack), quiet: true });
    refuse(steps, allowed, stack);
  }
  forgetKey(stack);
  const { steps: _, ...summary } = await operate(engine, "up", stack, { args: policyArguments(stack) });
  recordKey(stack, key);
  const outputs = await readOutputs(stack);
  if (!outputs)
    throw new LandfallError("infrastructure", `the stack ${stack} came up without outputs`, "npm run status");
  return { ...summary, stack, engine: engine.name, parts: outputs.parts };
}

/** What starts now would open half of a backup, or make an empty cluster where the data was moved aside. */
async function mustNotBeHalfRestored(outputs: StackOutputs | null): Promise<void> {
  if (!outputs) return;
  const { backup } = outputs;
  // Only a container that runs can tell what its volumes hold; this one does nothing by itself.
  if (backup.kind === "pgbackrest" && backup.run.how === "container") {
    await run("docker", ["start", backup.run.container], { timeoutMs: 60_000 });
  }
  if (await restoreCutShort(outputs)) throw cutShort(outputs.stack);
}

/** Says what `up` would do. */
export async function preview(
  stack: string,
  engineName: EngineName,
  reporter: Reporter,
): Promise<StackResult & Pick<OperationSummary, "steps">> {
  const engine = await chooseEngine(engineName);
  reporter.note(engine.why);
  await ensureStack(engine, stack);
  return { ...(await operate(engine, "preview", stack, { args: policyArguments(stack) })), stack, engine: engine.name };
}

/**
 * Takes a stack away.
 * @param keepData leaves the cluster's files and the backups where they are; the next `up` takes them over
 */
export async function down(
  stack: string,
  engineName: EngineName,
  keepData: boolean,
  reporter: Reporter,
): Promise<StackResult> {
  const engine = await chooseEngine(engineName);
  reporter.note(engine.why);
  await ensureStack(engine, stack);
  forgetKey(stack);
  const env = keepData ? { LANDFALL_KEEP_DATA: "1" } : undefined;
  const { steps: _, ...summary } = await operate(engine, "destroy", stack, { env });
  recordKey(stack, "empty");
  return { ...summary, stack, engine: engine.name };
}

/**
 * A docker stack needs a daemon, a native one programs of this machine. The program that declares it can install them too,
 * but only here may sudo ask for a password.
 */
async function prepareMachine(stack: string, reporter: Reporter): Promise<void> {
  const config = configurationOf(stack);
  if (config["landfall:target"] === "docker") await requireDocker();
  if (config["landfall:target"] !== "native") return;
  const native = config["landfall:native"] as { install?: string } | undefined;
  const database = config["landfall:database"] as { major?: number } | undefined;
  await ensureParts({
    policy: native?.install === "never" ? "never" : "auto",
    interactive: true,
    major: typeof database?.major === "number" ? database.major : undefined,
    say: (text) => reporter.note(text),
  });
}

function configurationOf(stack: string): Record<string, unknown> {
  const path = join("stacks", `Pulumi.${stack}.yaml`);
  try {
    const file = parse(readFileSync(join(projectRoot, path), "utf8")) as { config?: Record<string, unknown> } | null;
    return file?.config ?? {};
  } catch (error) {
    // What follows the first line quotes the file, which may hold secrets.
    const where = messageOf(error).split("\n")[0]?.replace(/:$/, "");
    throw new LandfallError("usage", `${path} cannot be read as YAML: ${where}`, "mend the line that it names", {
      cause: error,
    });
  }
}

/** The policies speak of AWS only; elsewhere a pack would only cost its start. */
const policyArguments = (stack: string): string[] =>
  configurationOf(stack)["landfall:target"] === "aws" ? ["--policy-pack", join("infra", "policies")] : [];

/** "12 created, 3 unchanged in 4.1 s", or that nothing changed. */
export function describeChanges({ changes, seconds }: Pick<OperationSummary, "changes" | "seconds">): string {
  const names: Record<string, string> = {
    create: "created",
    update: "updated",
    delete: "deleted",
    replace: "replaced",
  };
  const parts = Object.entries(changes)
    .filter(([kind, number]) => kind in names && number > 0)
    .map(([kind, number]) => `${number} ${names[kind]}`);
  const same = changes.same ?? 0;
  const time = duration(seconds * 1000);
  if (changeCount(changes) === 0) return `0 changes, ${count(same)} resources as they were, in ${time}`;
  return `${[...parts, ...(same > 0 ? [`${same} unchanged`] : [])].join(", ")}, in ${time}`;
}

export function partsTable(parts: StackOutputs["parts"]): string {
  return table(
    ["part", "what", "address", "log"],
    parts.map((part) => [part.name, part.what, part.address, part.log]),
  );
}
