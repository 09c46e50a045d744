import { createHash } from "node:crypto";
import type { ProviderHost } from "../plugins/host.ts";
import { providerSettings } from "../plugins/host.ts";
import type { CheckResult, DiffResult, Provider } from "../provider.ts";
import type { ResourceState } from "../state/resource.ts";
import { isDefaultProvider, isProviderType, nameOf, splitReference } from "../urn.ts";
import { equal, type PropertyMap } from "../values.ts";
import { needsReplacement, noDifference, settle } from "./difference.ts";

/** Asks whoever is responsible for a resource: its provider, the provider's own checks for a provider, nobody for a component. */
export class Resources {
  readonly #host: ProviderHost;
  /** The old and the new state of provider resources, for a change of a resource's provider. */
  readonly #providerOf: (reference: string) => ResourceState | undefined;

  constructor(host: ProviderHost, providerOf: (reference: string) => ResourceState | undefined) {
    this.#host = host;
    this.#providerOf = providerOf;
  }

  provider(state: ResourceState): Promise<Provider> {
    return this.#host.get(state.provider);
  }

  async check(state: ResourceState, olds: PropertyMap | undefined, news: PropertyMap): Promise<CheckResult> {
    const { urn, type, custom } = state;
    if (!custom) return { inputs: news, failures: [] };
    if (!isProviderType(type)) {
      const provider = await this.provider(state);
      return provider.check({ urn, type, name: nameOf(urn), olds, news, seed: seedOf(urn) });
    }
    const provider = await this.#host.candidate(urn, type, news);
    const settings = providerSettings(news);
    const checked = await provider.checkConfig({ urn, olds: providerSettings(olds ?? {}), news: settings });
    const { version, __internal } = news;
    const own = { ...(version === undefined ? {} : { version }), ...(__internal === undefined ? {} : { __internal }) };
    return { inputs: { ...checked.inputs, ...own }, failures: checked.failures };
  }

  async diff(old: ResourceState, next: ResourceState, news: PropertyMap): Promise<DiffResult> {
    if (!next.custom) return equal(old.inputs, news) ? noDifference : settle(undecided, old.inputs, news, []);
    if (isProviderType(next.type)) return this.#diffProvider(old, next, news);
    if (await this.#providerChanged(old, next)) {
      return { ...noDifference, changes: "some", replaces: ["provider"], diffs: ["provider"] };
    }
    const provider = await this.provider(next);
    const { urn, type, ignoreChanges } = next;
    const { id, inputs: oldInputs, outputs: oldOutputs } = old;
    const asked = { urn, type, name: nameOf(urn), id, oldInputs, oldOutputs, news, ignoreChanges };
    const diff = settle(await provider.diff(asked), oldInputs, news, next.replaceOnChanges);
    // What did not come up is tried again.
    return diff.changes === "none" && old.initErrors.length > 0 ? { ...diff, changes: "some" } : diff;
  }

  async #diffProvider(old: ResourceState, next: ResourceState, news: PropertyMap): Promise<DiffResult> {
    const provider = await this.#host.candidate(next.urn, next.type, news);
    return settle(await diffConfig(provider, old, next, news), old.inputs, news, next.replaceOnChanges);
  }

  /** Another version of a default provider takes its resources over, unless its settings say that it cannot. */
  async #providerChanged(old: ResourceState, next: ResourceState): Promise<boolean> {
    if (old.provider === next.provider) return false;
    const [before, now] = [splitReference(old.provider).urn, splitReference(next.provider).urn];
    if (!isDefaultProvider(before) || !isDefaultProvider(now)) return true;
    const [oldProvider, newProvider] = [this.#providerOf(old.provider), this.#providerOf(next.provider)];
    if (before === now || !oldProvider || !newProvider) return true;
    const provider = await this.#host.get(next.provider);
    const diff = await diffConfig(provider, oldProvider, newProvider, newProvider.inputs);
    return needsReplacement(diff);
  }
}

const undecided: DiffResult = { ...noDifference, changes: "unknown" };

function diffConfig(provider: Provider, old: ResourceState, next: ResourceState, news: PropertyMap) {
  return provider.diffConfig({
    urn: next.urn,
    id: old.id,
    oldInputs: providerSettings(old.inputs),
    oldOutputs: providerSettings(old.outputs),
    news: providerSettings(news),
    ignoreChanges: next.ignoreChanges,
  });
}

/** The same name is generated for the same resource however often the provider is asked in one run. */
const run = String(process.hrtime.bigint());
const seedOf = (urn: string): Uint8Array => createHash("sha256").update(`${run} ${urn}`).digest();
