import { EngineError } from "../errors.ts";
import type { ProviderHost } from "../plugins/host.ts";
import { resetPath } from "../property-path.ts";
import type { DiffResult } from "../provider.ts";
import type { ResourceState } from "../state/resource.ts";
import { isProviderType, makeUrn, nameOf, providerType } from "../urn.ts";
import { contains, type PropertyMap, Secret, stripSecrets } from "../values.ts";
import { formerUrns } from "./aliases.ts";
import { dependentsToReplace } from "./dependents.ts";
import { needsReplacement } from "./difference.ts";
import type { Goal } from "./goal.ts";
import type { AnalyzedResource, Hooks, Violation } from "./hooks.ts";
import { Resources } from "./resources.ts";
import type { Step } from "./step.ts";

/** A resource that its provider, or a policy, has refused. Each problem has been reported already. */
export class Refused extends Error {}

export interface PlannerOptions {
  stack: string;
  project: string;
  old: ResourceState[];
  host: ProviderHost;
  hooks: Hooks;
  rename: (from: string, to: string) => void;
  preview: boolean;
  report: (urn: string, message: string, severity: "error" | "warning") => void;
  reportPolicy: (violation: Violation) => void;
}

/** Decides, resource by resource, what has to be done for a goal. One goal at a time: the caller sees to that. */
export class Planner {
  readonly #options: PlannerOptions;
  readonly #resources: Resources;
  readonly #old = new Map<string, ResourceState>();
  /** The new states, by URN. */
  readonly declared = new Map<string, ResourceState>();
  readonly #aliasesOf = new Map<string, string[]>();
  readonly #renamed = new Set<string>();
  /** Deleted in this run because what they depend on had to be; each is made again when it is declared. */
  readonly #deleted = new Set<string>();

  constructor(options: PlannerOptions) {
    this.#options = options;
    for (const state of options.old) if (!state.delete) this.#old.set(state.urn, state);
    const stored = new Map(options.old.map((state) => [`${state.urn}::${state.id}`, state]));
    this.#resources = new Resources(options.host, (reference) => {
      const declared = this.declared.get(reference.slice(0, reference.lastIndexOf("::")));
      return declared && `${declared.urn}::${declared.id}` === reference ? declared : stored.get(reference);
    });
  }

  urnOf(goal: Goal): string {
    const { stack, project } = this.#options;
    return makeUrn(stack, project, goal.parent, goal.type, goal.name);
  }

  /** Whether the run has come to a resource of the old state, under this name or a newer one. */
  isDeclared = (urn: string): boolean => this.declared.has(urn) || this.#renamed.has(urn);

  /** The steps of a goal, in their order; the last but for deletes leaves the new state. */
  async plan(goal: Goal): Promise<Step[]> {
    const urn = this.urnOf(goal);
    if (this.declared.has(urn)) {
      throw new EngineError(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    }
    const old = this.#findOld(goal, urn);
    const next = this.#stateFor(goal, urn, old);
    const missing = old !== undefined && (this.#deleted.has(old.urn) || old.pendingReplacement);
    const wanted = old && !missing ? ignoring(goal, old.inputs) : goal.inputs;
    next.inputs = await this.#check(next, old && !missing ? old.inputs : undefined, wanted);
    await this.#analyze(next);
    this.declared.set(urn, next);
    const steps = await this.#stepsFor(goal, urn, old, missing, next, wanted);
    for (const step of steps) await this.#options.hooks.onPlannedStep?.(step);
    return steps;
  }

  async #stepsFor(
    goal: Goal,
    urn: string,
    old: ResourceState | undefined,
    missing: boolean,
    next: ResourceState,
    wanted: PropertyMap,
  ): Promise<Step[]> {
    if (!old) return [{ op: "create", urn, next }];
    next.created = old.created;
    next.modified = old.modified;
    if (missing) {
      this.#deleted.delete(old.urn);
      return [
        { op: "replace", urn, old, next },
        { op: "create-replacement", urn, old, next },
      ];
    }
    const diff = await this.#resources.diff(old, next, next.inputs);
    if (diff.changes !== "some") return [{ op: "same", urn, old, next, diff }];
    if (!needsReplacement(diff)) return [{ op: "update", urn, old, next, diff }];
    return this.#replace(goal, old, next, diff, wanted);
  }

  async #replace(
    goal: Goal,
    old: ResourceState,
    next: ResourceState,
    diff: DiffResult,
    wanted: PropertyMap,
  ): Promise<Step[]> {
    const { urn } = next;
    if (old.protect) throw protectedError(old, "replace");
    // Values that the provider had filled in belong to the resource that goes.
    next.inputs = await this.#check(next, undefined, wanted);
    const replace: Step = { op: "replace", urn, old, next, diff };
    const create: Step = { op: "create-replacement", urn, old, next, diff };
    if (!(goal.deleteBeforeReplace ?? diff.deleteBeforeReplace)) return [create, replace];
    const dependents = (await dependentsToReplace(old, [...this.#old.values()], this.#options.host)).filter(
      (state) => !this.isDeclared(state.urn),
    );
    const steps: Step[] = [];
    for (const state of [old, ...dependents].reverse()) {
      if (state.protect) throw protectedError(state, "replace");
      if (state !== old) this.#deleted.add(state.urn);
      steps.push({ op: "delete-replaced", urn: state.urn, old: state, before: true });
    }
    return [...steps, replace, create];
  }

  #findOld(goal: Goal, urn: string): ResourceState | undefined {
    const { stack, project, rename } = this.#options;
    const former = formerUrns(goal, urn, this.#aliasesOf.get(goal.parent) ?? [], { stack, project });
    if (former.length > 0) this.#aliasesOf.set(urn, former);
    const same = this.#old.get(urn);
    if (same) return same;
    const alias = former.find((other) => this.#old.has(other) && !this.isDeclared(other));
    const old = alias === undefined ? undefined : this.#old.get(alias);
    if (alias === undefined || !old) return undefined;
    this.#renamed.add(alias);
    rename(alias, urn);
    return old;
  }

  #stateFor(goal: Goal, urn: string, old: ResourceState | undefined): ResourceState {
    const parent = this.declared.get(goal.parent);
    return {
      urn,
      type: goal.type,
      custom: goal.custom,
      id: old && goal.custom ? old.id : "",
      inputs: goal.inputs,
      outputs: old?.outputs ?? {},
      parent: goal.parent,
      provider: goal.provider,
      dependencies: goal.dependencies,
      propertyDependencies: goal.propertyDependencies,
      protect: goal.protect ?? parent?.protect ?? false,
      external: false,
      delete: false,
      pendingReplacement: false,
      retainOnDelete: goal.retainOnDelete ?? parent?.retainOnDelete ?? false,
      deletedWith: goal.deletedWith,
      additionalSecretOutputs: goal.additionalSecretOutputs,
      ignoreChanges: goal.ignoreChanges,
      replaceOnChanges: goal.replaceOnChanges,
      initErrors: [],
      customTimeouts: goal.timeouts,
      created: undefined,
      modified: undefined,
      extra: {},
    };
  }

  async #check(state: ResourceState, olds: PropertyMap | undefined, news: PropertyMap): Promise<PropertyMap> {
    const { inputs, failures } = await this.#resources.check(state, olds, news);
    for (const { property, reason } of failures) {
      this.#options.report(state.urn, checkMessage(state, property, reason, news), "error");
    }
    if (failures.length > 0) throw new Refused();
    return inputs;
  }

  async #analyze(state: ResourceState): Promise<void> {
    if (isProviderType(state.type)) return;
    const found = (await this.#options.hooks.analyze?.(analyzed(state, {}))) ?? [];
    this.#judge(found.map((violation) => ({ ...violation, urn: state.urn })));
  }

  /** Asks the policies about all that has been declared, with its outputs. */
  async analyzeStack(): Promise<void> {
    const states = [...this.declared.values()].filter(({ type }) => !isProviderType(type));
    const resources = states.map((state) => analyzed(state, state.outputs));
    this.#judge((await this.#options.hooks.analyzeStack?.(resources)) ?? []);
  }

  /** @throws {Refused} in an update, where one of them is mandatory */
  #judge(violations: Violation[]): void {
    for (const violation of violations) this.#options.reportPolicy(violation);
    if (!this.#options.preview && violations.some(({ mandatory }) => mandatory)) throw new Refused();
  }
}

function analyzed(state: ResourceState, outputs: PropertyMap): AnalyzedResource {
  const { urn, type, inputs, parent, provider, protect, dependencies, ignoreChanges, additionalSecretOutputs } = state;
  const options = { parent, provider, protect, dependencies, ignoreChanges, additionalSecretOutputs };
  return { urn, type, name: nameOf(urn), inputs, outputs, ...options };
}

/** The goal's inputs, with what it ignores as it was. */
function ignoring(goal: Goal, olds: PropertyMap): PropertyMap {
  return goal.ignoreChanges.reduce((inputs, path) => resetPath(olds, inputs, path), goal.inputs);
}

function checkMessage(state: ResourceState, property: string, reason: string, news: PropertyMap): string {
  const who = `${state.type} resource '${nameOf(state.urn)}'`;
  if (property === "") return `${who} has a problem: ${reason}`;
  const value = news[property];
  const isOpen = value !== undefined && !contains(value, (part) => part instanceof Secret);
  const shown = isOpen
    ? ` value {${JSON.stringify(stripSecrets({ value }).value)}}`
    : value === undefined
      ? ""
      : " value {[secret]}";
  return `${who}: property ${property}${shown} has a problem: ${reason}`;
}

export function protectedError(state: ResourceState, what: "delete" | "replace"): EngineError {
  const done = what === "delete" ? "deleted" : "replaced";
  return new EngineError(
    `resource "${state.urn}" cannot be ${done}\nbecause it is protected. To unprotect the resource, remove the \`protect\` flag from the resource in your Pulumi program and run \`pulumi up\``,
  );
}

/** The goal of the provider that serves a package where the program names none. */
export function defaultProviderGoal(packageName: string, version: string, url: string, settings: PropertyMap): Goal {
  const suffix = [version, url]
    .filter((part) => part !== "")
    .map((part) => `_${part.replaceAll(/[^A-Za-z0-9]/g, "_")}`);
  const inputs: PropertyMap = { ...settings };
  if (version !== "") inputs.version = version;
  if (url !== "") inputs.__internal = { pluginDownloadURL: url };
  return {
    type: providerType(packageName),
    name: `default${suffix.join("")}`,
    custom: true,
    inputs,
    parent: "",
    provider: "",
    version,
    downloadUrl: url,
    dependencies: [],
    propertyDependencies: {},
    protect: false,
    retainOnDelete: false,
    deleteBeforeReplace: undefined,
    deletedWith: "",
    ignoreChanges: [],
    replaceOnChanges: [],
    additionalSecretOutputs: [],
    aliases: [],
    timeouts: { create: 0, update: 0, delete: 0 },
  };
}
