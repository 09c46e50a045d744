import { EngineError, PluginDied } from "../errors.ts";
import { protectedError } from "../plan/planner.ts";
import { type Step, stateOf } from "../plan/step.ts";
import type { ProviderHost } from "../plugins/host.ts";
import { PartialFailure } from "../provider.ts";
import type { ResourceState } from "../state/resource.ts";
import type { Snapshot } from "../state/snapshot.ts";
import { isProviderType, nameOf } from "../urn.ts";
import { equal, type PropertyMap, restoreSecrets, Secret } from "../values.ts";

export interface ExecutorOptions {
  host: ProviderHost;
  snapshot: Snapshot;
  preview: boolean;
  /** URNs that this run deletes: what is `deletedWith` one of them goes with it. */
  isDeleting: (urn: string) => boolean;
}

/** Does what a step says: asks the provider, and records in the state what came of it. */
export class Executor {
  readonly #options: ExecutorOptions;

  constructor(options: ExecutorOptions) {
    this.#options = options;
  }

  async apply(step: Step): Promise<void> {
    switch (step.op) {
      case "same":
        return this.#same(step);
      case "create":
      case "create-replacement":
        return this.#create(step);
      case "update":
        return this.#update(step);
      case "delete":
      case "delete-replaced":
        return this.#delete(step);
      case "replace":
        return;
      case "refresh":
        throw new Error("a refresh is not a step of an update");
    }
  }

  async #same(step: Step): Promise<void> {
    const { old, next } = pair(step);
    next.outputs = withSecrets(next, old.outputs);
    // The old objects keep their ciphertexts.
    if (equal(old.inputs, next.inputs)) next.inputs = old.inputs;
    if (equal(old.outputs, next.outputs)) next.outputs = old.outputs;
    next.initErrors = old.initErrors;
    if (isProviderType(next.type)) await this.#options.host.serve(next);
    if (!this.#options.preview) this.#options.snapshot.same(old, next);
  }

  async #create(step: Step): Promise<void> {
    const { old } = step;
    const next = stateOf(step);
    const { snapshot, preview, host } = this.#options;
    next.id = "";
    next.outputs = {};
    if (isProviderType(next.type)) {
      next.id = await host.serve(next);
      next.outputs = next.inputs;
    } else if (next.custom) await this.#make(next, preview);
    // The one that it replaces: gone already, or deleted at the end of the run.
    const replaced = old?.pendingReplacement ? old : undefined;
    if (old && !replaced) old.delete = true;
    if (preview) return;
    next.created = next.modified = now();
    snapshot.put(next, replaced);
    await snapshot.save();
  }

  async #make(next: ResourceState, preview: boolean): Promise<void> {
    const { host, snapshot } = this.#options;
    const provider = await host.get(next.provider);
    const { urn, type, inputs } = next;
    const asked = { urn, type, name: nameOf(urn), inputs, timeoutSeconds: next.customTimeouts.create, preview };
    if (preview) {
      const outputs = provider.supportsPreview ? (await provider.create(asked)).outputs : inputs;
      next.outputs = withSecrets(next, outputs);
      return;
    }
    const operation = await snapshot.begin("creating", next);
    try {
      const { id, outputs } = await provider.create(asked);
      if (id === "") throw new EngineError(`the provider gave ${urn} no id`);
      next.id = id;
      next.outputs = withSecrets(next, outputs);
    } catch (error) {
      if (error instanceof PartialFailure) {
        next.id = error.id;
        next.created = next.modified = now();
        this.#recordPartial(next, error);
        snapshot.put(next);
      }
      // A plugin that died may have made it: the record of that stays.
      if (!(error instanceof PluginDied)) await snapshot.end(operation);
      throw error;
    }
  }

  async #update(step: Step): Promise<void> {
    const { old, next } = pair(step);
    const { snapshot, preview, host } = this.#options;
    next.id = old.id;
    if (isProviderType(next.type)) {
      await host.serve(next);
      next.outputs = next.inputs;
    } else if (next.custom) {
      await this.#change(old, next, preview);
    } else next.outputs = old.outputs;
    if (preview) return;
    next.modified = now();
    snapshot.put(next, old);
    await snapshot.save();
  }

  async #change(old: ResourceState, next: ResourceState, preview: boolean): Promise<void> {
    const { host, snapshot } = this.#options;
    const provider = await host.get(next.provider);
    const { urn, type, inputs: news, ignoreChanges } = next;
    const { id, inputs: oldInputs, outputs: oldOutputs } = old;
    const timeoutSeconds = next.customTimeouts.update;
    const asked = {
      urn,
      type,
      name: nameOf(urn),
      id,
      oldInputs,
      oldOutputs,
      news,
      ignoreChanges,
      timeoutSeconds,
      preview,
    };
    if (preview) {
      const outputs = provider.supportsPreview ? (await provider.update(asked)).outputs : news;
      next.outputs = withSecrets(next, outputs);
      return;
    }
    const operation = await snapshot.begin("updating", next);
    try {
      next.outputs = withSecrets(next, (await provider.update(asked)).outputs);
    } catch (error) {
      if (error instanceof PartialFailure) {
        next.modified = now();
        this.#recordPartial(next, error);
        snapshot.put(next, old);
      }
      await snapshot.end(operation);
      throw error;
    }
  }

  #recordPartial(next: ResourceState, failure: PartialFailure): void {
    next.outputs = withSecrets(next, restoreSecrets(failure.outputs, next.inputs));
    next.initErrors = failure.reasons.length > 0 ? failure.reasons : [failure.message];
  }

  async #delete(step: Step): Promise<void> {
    const state = stateOf(step);
    const { snapshot, preview, host, isDeleting } = this.#options;
    if (state.protect && step.op === "delete") throw protectedError(state, "delete");
    if (preview) {
      if (step.before) state.pendingReplacement = true;
      return;
    }
    const goesWithAnother = state.deletedWith !== "" && isDeleting(state.deletedWith);
    const asks =
      state.custom && !state.external && !state.retainOnDelete && !goesWithAnother && !state.pendingReplacement;
    if (asks && !isProviderType(state.type)) await this.#remove(state, host);
    if (step.before) {
      state.pendingReplacement = true;
      snapshot.touch();
    } else snapshot.remove(state);
    await snapshot.save();
  }

  async #remove(state: ResourceState, host: ProviderHost): Promise<void> {
    const provider = await host.get(state.provider);
    const { urn, type, id, inputs, outputs } = state;
    const operation = await this.#options.snapshot.begin("deleting", state);
    try {
      await provider.delete({
        urn,
        type,
        name: nameOf(urn),
        id,
        inputs,
        outputs,
        timeoutSeconds: state.customTimeouts.delete,
      });
    } finally {
      await this.#options.snapshot.end(operation);
    }
  }
}

function pair(step: Step): { old: ResourceState; next: ResourceState } {
  const { old, next } = step;
  if (!old || !next) throw new Error(`a step without its states: ${step.op} ${step.urn}`);
  return { old, next };
}

/** What is secret as an input, or is named so, is secret as an output. */
function withSecrets(state: ResourceState, outputs: PropertyMap): PropertyMap {
  const entries = Object.entries(outputs).map(([key, value]) => {
    const secret = state.inputs[key] instanceof Secret || state.additionalSecretOutputs.includes(key);
    return [key, secret && !(value instanceof Secret) ? new Secret(value) : value];
  });
  return Object.fromEntries(entries);
}

const now = (): string => new Date().toISOString();
