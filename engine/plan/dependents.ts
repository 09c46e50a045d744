import type { ProviderHost } from "../plugins/host.ts";
import { dependenciesOf, type ResourceState } from "../state/resource.ts";
import { nameOf, splitReference } from "../urn.ts";
import { type PropertyMap, UNKNOWN } from "../values.ts";
import { needsReplacement, settle } from "./difference.ts";

/**
 * The resources that have to be deleted before `root` can be, because they cannot outlive it: those whose provider would replace
 * them if what they take from a deleted resource were not known. In the order of the state.
 */
export async function dependentsToReplace(
  root: ResourceState,
  states: ResourceState[],
  host: ProviderHost,
): Promise<ResourceState[]> {
  const reached = new Set([root.urn]);
  const deleted = new Set([root.urn]);
  const found: ResourceState[] = [];
  for (const state of states) {
    if (state === root || state.delete || ![...dependenciesOf(state)].some((urn) => reached.has(urn))) continue;
    reached.add(state.urn);
    if (await cannotOutlive(state, deleted, host)) {
      deleted.add(state.urn);
      found.push(state);
    }
  }
  return found;
}

async function cannotOutlive(state: ResourceState, deleted: Set<string>, host: ProviderHost): Promise<boolean> {
  const { urn, type, id, custom, external, provider: reference, inputs, outputs, ignoreChanges } = state;
  if (!custom || external || reference === "") return false;
  if (deleted.has(splitReference(reference).urn)) return true;
  const news: PropertyMap = { ...inputs };
  let affected = false;
  for (const [property, urns] of Object.entries(state.propertyDependencies)) {
    if (!(property in inputs) || !urns.some((other) => deleted.has(other))) continue;
    news[property] = UNKNOWN;
    affected = true;
  }
  if (!affected) return false;
  const provider = await host.get(reference);
  const asked = { urn, type, name: nameOf(urn), id, oldInputs: inputs, oldOutputs: outputs, news, ignoreChanges };
  return needsReplacement(settle(await provider.diff(asked), inputs, news, state.replaceOnChanges));
}
