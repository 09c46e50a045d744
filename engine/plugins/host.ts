import { randomUUID } from "node:crypto";
import type { Project } from "../config/project.ts";
import { EngineError } from "../errors.ts";
import type { Provider } from "../provider.ts";
import { unknownText } from "../rpc/signatures.ts";
import type { ResourceState } from "../state/resource.ts";
import { packageOf, splitReference } from "../urn.ts";
import { containsUnknown, type PropertyMap } from "../values.ts";
import { makeBuiltIn } from "./built-in.ts";
import { findPlugin } from "./find.ts";
import { GrpcProvider } from "./grpc-provider.ts";
import { launchPlugin } from "./launch.ts";
import { withPlainSecrets } from "./plain-secrets.ts";
import { uncheckedProvider } from "./unchecked.ts";

export interface HostOptions {
  project: Project;
  preview: boolean;
  /** The address of the engine's own service. */
  engine: () => string;
  /** Providers of the old state, for what is deleted with the settings that it was made with. */
  stored: Map<string, ResourceState>;
  note: (message: string) => void;
  /** Lines that plugins write. */
  onPluginLine: (packageName: string, line: string) => void;
}

/** The providers of a run: made for provider resources, configured, found by reference, closed at the end. */
export class ProviderHost {
  readonly #options: HostOptions;
  readonly #candidates = new Map<string, Provider>();
  readonly #ready = new Map<string, Promise<Provider>>();
  readonly #all = new Set<Provider>();
  readonly #unchecked = new Set<string>();

  constructor(options: HostOptions) {
    this.#options = options;
  }

  /** The provider that a provider resource will be, not configured yet. */
  async candidate(urn: string, type: string, inputs: PropertyMap): Promise<Provider> {
    const known = this.#candidates.get(urn);
    if (known) return known;
    const made = await this.#make(packageOf(type), versionOf(inputs));
    const candidate = made.acceptsSecrets ? made : withPlainSecrets(made);
    this.#candidates.set(urn, candidate);
    return candidate;
  }

  /** Configures the provider of a provider resource; from now on it serves the reference. Returns the resource's id. */
  async serve(state: ResourceState): Promise<string> {
    const id = state.id || (this.#options.preview ? unknownText : randomUUID());
    const provider = await this.candidate(state.urn, state.type, state.inputs);
    this.#candidates.delete(state.urn);
    this.#ready.set(`${state.urn}::${id}`, this.#configured(provider, state));
    await this.#ready.get(`${state.urn}::${id}`);
    return id;
  }

  /** @param reference `URN::ID`; one that only the old state knows is made from there */
  get(reference: string): Promise<Provider> {
    const ready = this.#ready.get(reference);
    if (ready) return ready;
    const stored = this.#options.stored.get(reference);
    if (!stored) throw new EngineError(`there is no provider ${splitReference(reference).urn}`);
    const made = this.#make(packageOf(stored.type), versionOf(stored.inputs)).then((provider) =>
      this.#configured(provider, stored),
    );
    this.#ready.set(reference, made);
    return made;
  }

  async cancel(): Promise<void> {
    await Promise.all([...this.#all].map((provider) => provider.cancel().catch(() => {})));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((provider) => provider.close().catch(() => {})));
  }

  async #configured(provider: Provider, state: ResourceState): Promise<Provider> {
    const inputs = providerSettings(state.inputs);
    // Settings that are not known before other resources exist: nothing of the provider can be asked in this preview.
    if (containsUnknown(inputs)) return uncheckedProvider(packageOf(state.type));
    await provider.configure(inputs);
    return provider.acceptsSecrets ? provider : withPlainSecrets(provider);
  }

  async #make(packageName: string, version: string): Promise<Provider> {
    const { project, engine, onPluginLine } = this.#options;
    const command = findPlugin(packageName, version, project);
    if (!command) return this.#withoutPlugin(packageName, version);
    const plugin = await launchPlugin(packageName, command, { folder: project.folder, engine: engine() }, (line) =>
      onPluginLine(packageName, line),
    );
    const provider = new GrpcProvider(packageName, plugin);
    this.#all.add(provider);
    await provider.handshake(engine(), project.root, project.folder);
    return provider;
  }

  async #withoutPlugin(packageName: string, version: string): Promise<Provider> {
    const builtIn = await makeBuiltIn(packageName);
    if (builtIn) {
      this.#all.add(builtIn);
      return builtIn;
    }
    if (!this.#options.preview) {
      throw new EngineError(
        `there is no provider for the package ${packageName}: no pulumi-resource-${packageName} on PATH, and none is built in\nTry: use the Pulumi CLI for this, or install the plugin (pulumi plugin install resource ${packageName}${version ? ` ${version}` : ""})`,
      );
    }
    if (!this.#unchecked.has(packageName)) {
      this.#unchecked.add(packageName);
      this.#options.note(
        `${packageName}: no provider at hand; its resources are shown as declared, unchecked by the provider`,
      );
    }
    return uncheckedProvider(packageName);
  }

  /** Whether the package is only stood in for. */
  isUnchecked(packageName: string): boolean {
    return this.#unchecked.has(packageName);
  }
}

const versionOf = (inputs: PropertyMap): string => (typeof inputs.version === "string" ? inputs.version : "");

/** What of a provider resource's inputs is meant for the provider, and not for whoever finds its plugin. */
export function providerSettings(inputs: PropertyMap): PropertyMap {
  const { version, __internal, ...rest } = inputs;
  return rest;
}
