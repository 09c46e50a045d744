import { messageOf } from "../errors.ts";
import { compareMaps } from "../plan/difference.ts";
import type { Step } from "../plan/step.ts";
import type { ProviderHost } from "../plugins/host.ts";
import { dependenciesOf, type ResourceState } from "../state/resource.ts";
import type { Snapshot } from "../state/snapshot.ts";
import { isProviderType, nameOf } from "../urn.ts";
import { equal } from "../values.ts";
import type { Deployment } from "./deployment.ts";
import type { Listener } from "./events.ts";
import { Limit } from "./limit.ts";

export interface RefreshOptions {
  states: ResourceState[];
  snapshot: Snapshot;
  host: ProviderHost;
  deployment: Deployment;
  parallel: number;
  listener: Listener;
}

/** Takes into the state what each resource is now; one that is gone leaves it, and with it what others had of it. */
export async function refreshAll(options: RefreshOptions): Promise<void> {
  const { states, snapshot, deployment, parallel } = options;
  const limit = new Limit(parallel);
  const gone = new Set<string>();
  const read = new Map<ResourceState, ResourceState>();
  const work = states.map((state) =>
    limit.run(async () => {
      if (deployment.stopping.aborted) return;
      const now = await refreshOne(state, options);
      if (now === null) gone.add(state.urn);
      else read.set(state, now);
    }),
  );
  await Promise.all(work);
  // In the old order, so that what depends on another comes after it.
  for (const state of states) {
    const now = read.get(state);
    if (now) snapshot.same(state, withoutGone(now, gone));
    else if (gone.has(state.urn)) snapshot.remove(state);
  }
}

async function refreshOne(state: ResourceState, options: RefreshOptions): Promise<ResourceState | null> {
  const { urn, type, id, inputs, outputs } = state;
  const { host, deployment, listener } = options;
  if (!state.custom || state.delete || state.pendingReplacement || isProviderType(type)) return state;
  try {
    const found = await (await host.get(state.provider)).read({ urn, type, name: nameOf(urn), id, inputs, outputs });
    const next = found && { ...state, id: found.id, outputs: found.outputs, inputs: found.inputs ?? inputs };
    const step = stepOf(state, next);
    listener({ kind: "stepBegins", step, planning: false });
    deployment.count(step);
    listener({ kind: "stepEnds", step, planning: false });
    return step.op === "same" ? state : next && { ...next, modified: new Date().toISOString() };
  } catch (error) {
    deployment.say(urn, messageOf(error), "error");
    return state;
  }
}

function stepOf(old: ResourceState, next: ResourceState | null): Step {
  const { urn } = old;
  if (!next) return { op: "delete", urn, old };
  if (equal(old.outputs, next.outputs) && equal(old.inputs, next.inputs)) return { op: "same", urn, old, next };
  const detailed = compareMaps(old.outputs, next.outputs);
  const diff = { changes: "some", replaces: [], diffs: [], deleteBeforeReplace: false, stables: [], detailed } as const;
  return { op: "update", urn, old, next, diff: { ...diff, replaces: [], diffs: [], stables: [] } };
}

function withoutGone(state: ResourceState, gone: Set<string>): ResourceState {
  if (gone.size === 0 || ![...dependenciesOf(state)].some((urn) => gone.has(urn))) return state;
  const left = (urns: string[]) => urns.filter((urn) => !gone.has(urn));
  return {
    ...state,
    dependencies: left(state.dependencies),
    deletedWith: gone.has(state.deletedWith) ? "" : state.deletedWith,
    propertyDependencies: Object.fromEntries(
      Object.entries(state.propertyDependencies).map(([key, urns]) => [key, left(urns)]),
    ),
  };
}
