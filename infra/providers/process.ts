import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ask, type Daemon, isReady, keep, pidOf, release, send } from "../../machine/daemon.ts";
import { compare, type Provider } from "./provider.ts";

interface ProcessInputs extends Daemon {
  /** Hash of what the process reads only when it starts: another value restarts it. */
  restartKey: string;
  /** Hash of what it reads again on SIGHUP: another value reloads it. */
  reloadKey: string;
  /** For a process that says itself whether a reload was enough, as PostgreSQL does; null: a reload always is. */
  afterReload: {
    /** Prints something that changes when the configuration has been read again. */
    loaded: Command;
    /** Prints something where a restart is still needed. */
    pending: Command;
  } | null;
}

type ProcessOutputs = ProcessInputs;

interface Command {
  program: string;
  args: string[];
}

const reloadTimeoutMs = 10_000;

/** What the running process was started and last reloaded with; beside its pid file, so that it can be adopted. */
interface Applied {
  command: string;
  restartKey: string;
  reloadKey: string;
}

/** A server process of the stack: started, health-checked, adopted, reloaded, restarted, stopped. */
export const provider: Provider<ProcessInputs, ProcessOutputs> = {
  async create(inputs) {
    await converge(inputs);
    return { id: inputs.pidFile, outputs: inputs };
  },
  async diff(_, olds, news) {
    const { changes, replaces } = compare<ProcessInputs>(olds, news, ["pidFile"]);
    // By what it was started with: in a preview, parts of the new arguments may not be known yet.
    const died = pidOf(olds) === undefined;
    return { changes: changes || died, replaces, deleteBeforeReplace: true };
  },
  async update(_, olds, news) {
    // Stopped with what it was started with: other arguments would not know it again.
    if (commandOf(olds) !== commandOf(news)) await release(olds);
    await converge(news);
    return news;
  },
  read: async (_, outputs) => (pidOf(outputs) === undefined ? null : outputs),
  async delete(_, outputs) {
    await release(outputs);
    rmSync(appliedFile(outputs), { force: true });
  },
};

/** Brings the process to what `inputs` say, by as little as will do: nothing, a reload, a restart, a start. */
async function converge(inputs: ProcessInputs): Promise<void> {
  const pid = pidOf(inputs);
  const applied = readApplied(inputs);
  if (pid !== undefined && (await isOutdated(pid, inputs, applied))) await release(inputs);
  await keep(inputs);
  const { restartKey, reloadKey } = inputs;
  writeFileSync(
    appliedFile(inputs),
    JSON.stringify({ command: commandOf(inputs), restartKey, reloadKey } satisfies Applied),
  );
}

/** Whether a running process has to be started anew; where a reload will do, it is reloaded here. */
async function isOutdated(pid: number, inputs: ProcessInputs, applied: Applied | undefined): Promise<boolean> {
  if (applied?.command !== commandOf(inputs) || applied.restartKey !== inputs.restartKey) return true;
  if (applied.reloadKey !== inputs.reloadKey) return reload(pid, inputs);
  return !(await isReady(inputs));
}

/** Has the process read its configuration again; says whether a restart is needed all the same. */
async function reload(pid: number, inputs: ProcessInputs): Promise<boolean> {
  const { afterReload, account, name } = inputs;
  if (!afterReload) {
    send(pid, "SIGHUP");
    return false;
  }
  // No answer: the new configuration names another port or socket, which only a restart applies.
  const answer = ({ program, args }: Command) => ask(name, program, args, account).catch(() => undefined);
  const before = await answer(afterReload.loaded);
  if (before === undefined) return true;
  send(pid, "SIGHUP");
  for (let waited = 0; waited < reloadTimeoutMs; waited += 50) {
    if ((await answer(afterReload.loaded)) !== before) return (await answer(afterReload.pending)) !== "";
    await sleep(50);
  }
  // It may have refused the new file; a restart shows why.
  return true;
}

/** A hash, because the environment may hold a password and this is written beside the pid file. */
const commandOf = ({ program, args, env }: Daemon) =>
  createHash("sha256")
    .update(JSON.stringify([program, args, env]))
    .digest("hex");
const appliedFile = (inputs: Daemon) => `${inputs.pidFile}.applied`;

function readApplied(inputs: Daemon): Applied | undefined {
  const file = appliedFile(inputs);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Applied) : undefined;
}
