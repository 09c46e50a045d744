import { createHash } from "node:crypto";
import type {
  CheckRequest,
  CheckResult,
  CreateRequest,
  DeleteRequest,
  DiffConfigRequest,
  DiffRequest,
  DiffResult,
  Provider,
  ReadRequest,
  UpdateRequest,
} from "../provider.ts";
import { PartialFailure } from "../provider.ts";
import { type PropertyMap, restoreSecrets, stripSecrets, UNKNOWN } from "../values.ts";
import { checkInputs, withoutDefaults } from "./check.ts";
import { connect, type Daemon } from "./daemon.ts";
import { diffInputs } from "./diff.ts";
import type { ResourceKind } from "./kind.ts";
import { kinds } from "./kinds.ts";
import { maskSecrets } from "./mask.ts";

/** Settings of the package itself; the plugin has more, for certificates, SSH and registries. */
const servedSettings = new Set(["host", "version", "pluginDownloadURL"]);

/** Serves the docker package over the Docker Engine API, for the resource types of kinds.ts. */
export class DockerProvider implements Provider {
  readonly acceptsSecrets = true;
  readonly supportsPreview = true;
  #daemon: Daemon | undefined;

  async checkConfig({ news }: { news: PropertyMap }): Promise<CheckResult> {
    const unserved = Object.keys(news).filter((name) => !servedSettings.has(name));
    const reason = (name: string) =>
      `docker:${name} is not served by the built-in Docker provider\nTry: use DOCKER_HOST and DOCKER_CERT_PATH, or install the Pulumi CLI with its Docker plugin`;
    return { inputs: news, failures: unserved.map((name) => ({ property: name, reason: reason(name) })) };
  }

  async diffConfig(_: DiffConfigRequest): Promise<DiffResult> {
    return { changes: "unknown", replaces: [], diffs: [], deleteBeforeReplace: false, stables: [] };
  }

  async configure(inputs: PropertyMap): Promise<void> {
    const { host } = stripSecrets(inputs);
    this.#daemon = connect(typeof host === "string" ? host : undefined);
  }

  async check({ type, name, olds, news, seed }: CheckRequest): Promise<CheckResult> {
    const kind = kindOf(type);
    const checked = checkInputs(stripSecrets(news), kind.fields, kind.notServed);
    if (kind.autoName && checked.inputs.name === undefined) {
      const suffix = createHash("sha256").update(seed).digest("hex").slice(0, 7);
      checked.inputs.name = olds?.name ?? `${name}-${suffix}`;
      checked.inputs.__defaults = [...(checked.inputs.__defaults as string[]), "name"].sort();
    }
    return { inputs: restoreSecrets(checked.inputs, news), failures: checked.failures };
  }

  async diff({ type, oldInputs, news, oldOutputs }: DiffRequest): Promise<DiffResult> {
    const kind = kindOf(type);
    const olds = stripSecrets(Object.keys(oldInputs).length > 0 ? oldInputs : oldOutputs);
    const result = diffInputs(olds, stripSecrets(news), kind.fields);
    // A name that was chosen by hand may be wanted again: the old one has to go first, as with the real provider.
    const chosenName = kind.autoName && !(news.__defaults as string[]).includes("name");
    return { ...result, deleteBeforeReplace: result.replaces.length > 0 && (kind.deleteFirst || chosenName) };
  }

  async create({ type, urn, inputs, preview }: CreateRequest): Promise<{ id: string; outputs: PropertyMap }> {
    const kind = kindOf(type);
    const plain = withoutDefaults(stripSecrets(inputs));
    if (preview) return { id: "", outputs: restoreSecrets({ ...unknown(kind), ...plain }, inputs) };
    return this.#work(inputs, async (daemon) => {
      const { id, outputs } = await kind.create(daemon, plain, urn);
      return { id, outputs: finish(kind, outputs, inputs) };
    });
  }

  async read({ type, id, inputs, outputs }: ReadRequest): Promise<{ id: string; outputs: PropertyMap } | null> {
    const kind = kindOf(type);
    return this.#work(inputs, async (daemon) => {
      const found = await kind.read(daemon, id, stripSecrets(outputs));
      return found && { id: found.id, outputs: finish(kind, found.outputs, outputs) };
    });
  }

  async update({ type, id, oldOutputs, news, preview }: UpdateRequest): Promise<{ outputs: PropertyMap }> {
    const kind = kindOf(type);
    const plain = withoutDefaults(stripSecrets(news));
    if (preview) return { outputs: restoreSecrets({ ...stripSecrets(oldOutputs), ...plain }, news) };
    return this.#work(news, async (daemon) => ({
      outputs: finish(kind, await kind.update(daemon, id, stripSecrets(oldOutputs), plain), news),
    }));
  }

  async delete({ type, id, outputs }: DeleteRequest): Promise<void> {
    const kind = kindOf(type);
    await this.#work(outputs, (daemon) => kind.delete(daemon, id, stripSecrets(outputs)));
  }

  async invoke(token: string): Promise<never> {
    throw new Error(
      `${token} is not served by the built-in Docker provider\nTry: install the Pulumi CLI with its Docker plugin`,
    );
  }

  async cancel(): Promise<void> {}
  async close(): Promise<void> {}

  /** Runs `work` on the daemon; an error leaves without the secrets of `inputs`. */
  async #work<T>(inputs: PropertyMap, work: (daemon: Daemon) => Promise<T>): Promise<T> {
    this.#daemon ??= connect();
    try {
      return await work(this.#daemon);
    } catch (error) {
      const message = maskSecrets((error as Error).message, inputs);
      if (error instanceof PartialFailure)
        throw new PartialFailure(message, error.id, restoreSecrets(error.outputs, inputs), [message]);
      throw new Error(message);
    }
  }
}

function kindOf(type: string): ResourceKind {
  const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (kind) return kind;
  throw new Error(
    `${type} is not served by the built-in Docker provider (it serves ${Object.keys(kinds).join(", ")})\nTry: install the Pulumi CLI with its Docker plugin`,
  );
}

const unknown = (kind: ResourceKind): PropertyMap => Object.fromEntries(kind.computed.map((name) => [name, UNKNOWN]));

const finish = (kind: ResourceKind, outputs: PropertyMap, secrets: PropertyMap): PropertyMap =>
  restoreSecrets({ ...(kind.meta === null ? {} : { __meta: kind.meta }), ...outputs }, secrets);
