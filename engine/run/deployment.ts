import { EngineError, messageOf } from "../errors.ts";
import type { Goal } from "../plan/goal.ts";
import type { Hooks } from "../plan/hooks.ts";
import { defaultProviderGoal, Planner, protectedError, Refused } from "../plan/planner.ts";
import { isLogical, type Op, type Step } from "../plan/step.ts";
import type { ProviderHost } from "../plugins/host.ts";
import type { Checkpoint } from "../state/checkpoint.ts";
import type { ResourceState } from "../state/resource.ts";
import type { Snapshot } from "../state/snapshot.ts";
import { isDefaultProvider, isProviderType, packageOf, stackType } from "../urn.ts";
import { equal, type PropertyMap } from "../values.ts";
import { planDeletes, runDeletes } from "./deletes.ts";
import type { Listener, Severity } from "./events.ts";
import { Executor } from "./executor.ts";
import { Limit } from "./limit.ts";

export interface DeploymentOptions {
  project: string;
  stack: string;
  preview: boolean;
  parallel: number;
  before: Checkpoint;
  snapshot: Snapshot;
  host: ProviderHost;
  hooks: Hooks;
  listener: Listener;
  /** The settings of a package's default provider. */
  settingsOf: (packageName: string) => PropertyMap;
}

/** The run has been stopped, by a failure or by the user; what was to come does not come. */
export class Stopped extends Error {}

/** One update, preview or destroy: takes what the program declares, and makes it so. */
export class Deployment {
  readonly #options: DeploymentOptions;
  readonly #planner: Planner;
  readonly #executor: Executor;
  readonly #limit: Limit;
  readonly #defaults = new Map<string, Promise<string>>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #deleting = new Set<string>();
  readonly #changes: Partial<Record<Op, number>> = {};
  #planning: Promise<unknown> = Promise.resolve();
  #failed = false;
  /** A mandatory policy is broken. */
  #violated = false;
  readonly #stop = new AbortController();
  rootUrn = "";

  constructor(options: DeploymentOptions) {
    const { stack, project, before, host, hooks, snapshot, preview } = options;
    this.#options = options;
    this.#planner = new Planner({
      stack,
      project,
      old: before.resources,
      host,
      hooks,
      rename: (from, to) => snapshot.rename(from, to),
      preview,
      report: (urn, text, severity) => this.say(urn, text, severity),
      reportPolicy: (violation) => {
        if (violation.mandatory) this.#violated = true;
        options.listener({ kind: "policy", violation });
      },
    });
    this.#executor = new Executor({ host, snapshot, preview, isDeleting: (urn) => this.#deleting.has(urn) });
    this.#limit = new Limit(options.parallel);
  }

  get failed(): boolean {
    return this.#failed || this.#violated;
  }

  /** Whether the program may still be believed to have declared everything. */
  get isWhole(): boolean {
    return !this.#failed;
  }

  get changes(): Partial<Record<Op, number>> {
    return this.#changes;
  }

  /** Aborted once nothing new may begin. */
  get stopping(): AbortSignal {
    return this.#stop.signal;
  }

  say(urn: string, text: string, severity: Severity, source: "engine" | "program" = "engine", ephemeral = false): void {
    if (severity === "error") this.#failed = true;
    this.#options.listener({ kind: "message", urn, text, severity, ephemeral, source });
  }

  /** Nothing new begins; what runs is waited for by `settle`. */
  stop(): void {
    this.#failed = true;
    this.#stop.abort();
  }

  /**
   * Makes a resource what the goal says.
   * @throws {Stopped} where the run has been stopped; what the problem was has been reported
   */
  async register(goal: Goal): Promise<ResourceState> {
    return this.#track(this.#register(goal));
  }

  async #register(goal: Goal): Promise<ResourceState> {
    const urn = this.#planner.urnOf(goal);
    const needsProvider = goal.custom && !isProviderType(goal.type);
    const provider = needsProvider && goal.provider === "" ? await this.defaultProvider(goal) : goal.provider;
    const steps = await this.#plan({ ...goal, provider }, urn);
    for (const step of steps) await this.#run(step);
    const state = steps.at(-1)?.next ?? steps.at(0)?.next;
    if (!state) throw new Error(`no state came of ${urn}`);
    return state;
  }

  /** The reference of a package's default provider, made at its first use. */
  defaultProvider({ type, version, downloadUrl }: Pick<Goal, "type" | "version" | "downloadUrl">): Promise<string> {
    const packageName = packageOf(type);
    const key = `${packageName} ${version} ${downloadUrl}`;
    const known = this.#defaults.get(key);
    if (known) return known;
    const goal = defaultProviderGoal(packageName, version, downloadUrl, this.#options.settingsOf(packageName));
    const made = this.register(goal).then((state) => `${state.urn}::${state.id}`);
    this.#defaults.set(key, made);
    return made;
  }

  /** One goal at a time: what a goal is planned to be depends on those before it. */
  #plan(goal: Goal, urn: string): Promise<Step[]> {
    const planned = this.#planning.then(async () => {
      if (this.#stop.signal.aborted) throw new Stopped();
      try {
        return await this.#planner.plan(goal);
      } catch (error) {
        throw this.#fail(urn, error);
      }
    });
    this.#planning = planned.catch(() => {});
    return planned;
  }

  #run(step: Step): Promise<void> {
    return this.#limit.run(async () => {
      if (this.#stop.signal.aborted) throw new Stopped();
      const { listener, preview } = this.#options;
      listener({ kind: "stepBegins", step, planning: preview });
      try {
        await this.#executor.apply(step);
      } catch (error) {
        listener({ kind: "stepFails", step });
        throw this.#fail(step.urn, error);
      }
      this.count(step);
      listener({ kind: "stepEnds", step, planning: preview });
    });
  }

  count(step: Step): void {
    if (!isLogical(step) || isDefaultProvider(step.urn)) return;
    this.#changes[step.op] = (this.#changes[step.op] ?? 0) + 1;
  }

  #fail(urn: string, error: unknown): Stopped {
    if (!(error instanceof Refused || error instanceof Stopped)) this.say(urn, messageOf(error), "error");
    this.stop();
    return new Stopped();
  }

  /** The outputs of a component, or of the stack. */
  registerOutputs(urn: string, outputs: PropertyMap): void {
    const state = this.#planner.declared.get(urn);
    if (!state) throw new EngineError(`cannot set the outputs of ${urn}, which has not been declared`);
    if (equal(state.outputs, outputs)) return;
    state.outputs = outputs;
    if (!this.#options.preview) this.#options.snapshot.touch();
  }

  /** The state of a declared resource. */
  declared(urn: string): ResourceState | undefined {
    return this.#planner.declared.get(urn);
  }

  /** Deletes what the old state holds and nobody has declared; with nothing declared that is everything. */
  async deleteTheRest(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    try {
      await this.#planner.analyzeStack();
      const steps = planDeletes(this.#options.before.resources, this.#planner.isDeclared);
      // All or nothing: a protected resource among them means that this was not meant.
      for (const { op, old } of steps) if (op === "delete" && old?.protect) throw protectedError(old, "delete");
      for (const step of steps) await this.#options.hooks.onPlannedStep?.(step);
      for (const { op, urn } of steps) if (op === "delete") this.#deleting.add(urn);
      await runDeletes(steps, (step) => this.#track(this.#run(step)));
    } catch (error) {
      this.#fail(this.rootUrn, error);
    }
  }

  /** Waits for all that has begun. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled([...this.#running]);
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    const done = () => this.#running.delete(work);
    work.then(done, done);
    return work;
  }

  /** The outputs of the stack, where the program has got that far. */
  stackOutputs(): PropertyMap {
    const states = [...this.#planner.declared.values()];
    return states.find(({ type }) => type === stackType)?.outputs ?? {};
  }
}
