import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { LandfallError, messageOf } from "../../cli/errors.ts";
import { stateFolder } from "../../paths.ts";
import { holdLock } from "./lock.ts";
import { writeWhole } from "./write.ts";

export const stepNames = ["snapshot", "profile", "plan", "schema", "load", "finish", "verify", "switch"] as const;
export type StepName = (typeof stepNames)[number];

interface RunState {
  version: 1;
  /** Names the run in the target's control schema. */
  id: string;
  source: string;
  destination: string;
  startedAt: string;
  finishedAt: string | null;
  /** How it ended, in the verdict's words. */
  verdict: string | null;
  /** Steps that are done, with how long each took. */
  steps: Partial<Record<StepName, { finishedAt: string; durationMs: number }>>;
}

/**
 * One migration of one source into one destination, kept in a folder: what each step came to, so that a run that was killed
 * goes on where it was. Results are plain JSON, one file a step, written whole.
 */
export class Run {
  readonly folder: string;
  readonly state: RunState;
  readonly #unlock: () => void;

  private constructor(folder: string, state: RunState, unlock: () => void) {
    this.folder = folder;
    this.state = state;
    this.#unlock = unlock;
  }

  /**
   * Opens the run of this source into this destination: the one that is there, else a new one.
   * @param destination as `Destination.name`
   * @param restart sets the run that is there aside, under the time of its start, and begins a new one
   * @throws {LandfallError} busy, where another process is at it
   */
  static open(
    source: string,
    destination: string,
    options: { restart?: boolean; root?: string | undefined } = {},
  ): Run {
    const folder = runFolder(source, destination, options.root);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const unlock = holdLock(join(folder, "lock"), `another migration of ${basename(source)} into ${destination} runs`);
    const old = readState(folder);
    if (old && options.restart) {
      unlock();
      renameSync(folder, `${folder}.${old.startedAt.replaceAll(/[^0-9]/g, "").slice(0, 14)}`);
      return Run.open(source, destination, { ...options, restart: false });
    }
    const state: RunState = old ?? {
      version: 1,
      id: randomBytes(8).toString("hex"),
      source: resolve(source),
      destination,
      startedAt: new Date().toISOString(),
      finishedAt: null,
      verdict: null,
      steps: {},
    };
    const run = new Run(folder, state, unlock);
    run.#save();
    return run;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  isDone(step: StepName): boolean {
    return step in this.state.steps;
  }

  /** The result of a step: read where it is done, else worked out and kept. */
  async step<T>(name: StepName, work: () => Promise<T>): Promise<T> {
    const file = this.path(`${name}.json`);
    if (this.isDone(name)) return JSON.parse(readFileSync(file, "utf8")) as T;
    const started = Date.now();
    const result = await work();
    writeWhole(file, `${JSON.stringify(result)}\n`);
    this.state.steps[name] = { finishedAt: new Date().toISOString(), durationMs: Date.now() - started };
    this.#save();
    return result;
  }

  /** Has steps done again, with all that come after the first of them. */
  forget(from: StepName): void {
    for (const name of stepNames.slice(stepNames.indexOf(from))) delete this.state.steps[name];
    this.state.finishedAt = null;
    this.state.verdict = null;
    this.#save();
  }

  finish(verdict: string): void {
    this.state.finishedAt = new Date().toISOString();
    this.state.verdict = verdict;
    this.#save();
  }

  close(): void {
    this.#unlock();
  }

  #save(): void {
    writeWhole(this.path("run.json"), `${JSON.stringify(this.state, null, 2)}\n`);
  }
}

/** The folder that holds the run of a source into a destination, whether there is one or not. */
export function runFolder(source: string, destination: string, root = join(stateFolder, "runs")): string {
  const path = resolve(source);
  const place = createHash("sha256").update(path).digest("hex").slice(0, 8);
  return join(root, slug(destination), `${slug(basename(path))}-${place}`);
}

const slug = (text: string) => text.replaceAll(/[^A-Za-z0-9._-]+/g, "-").slice(-60);

function readState(folder: string): RunState | null {
  const file = join(folder, "run.json");
  if (!existsSync(file)) return null;
  try {
    return JSON.parse(readFileSync(file, "utf8")) as RunState;
  } catch (error) {
    throw new LandfallError(
      "usage",
      `${file} cannot be read: ${messageOf(error)}`,
      "begin anew with --restart, or move the folder away",
    );
  }
}
