import assert from "node:assert/strict";
import type { DockerProvider } from "../../engine/docker/provider.ts";
import type { PropertyMap } from "../../engine/values.ts";

const types = {
  container: "docker:index/container:Container",
  network: "docker:index/network:Network",
  image: "docker:index/remoteImage:RemoteImage",
  volume: "docker:index/volume:Volume",
};
export type Type = keyof typeof types;

/** One resource of the built-in Docker provider, driven as the engine drives it. */
export class DockerResource {
  readonly #named: { urn: string; type: string; name: string };
  readonly #provider: DockerProvider;
  id = "";
  inputs: PropertyMap = {};
  outputs: PropertyMap = {};

  constructor(provider: DockerProvider, type: Type, name: string) {
    this.#provider = provider;
    this.#named = { urn: `urn:pulumi:test::test::${types[type]}::${name}`, type: types[type], name };
  }

  async check(news: PropertyMap): Promise<PropertyMap> {
    const olds = this.id ? this.inputs : undefined;
    const { inputs, failures } = await this.#provider.check({ ...this.#named, olds, news, seed: new Uint8Array(8) });
    assert.deepEqual(failures, []);
    return inputs;
  }

  async create(news: PropertyMap): Promise<this> {
    this.inputs = await this.check(news);
    const request = { ...this.#named, inputs: this.inputs, timeoutSeconds: 0, preview: false };
    Object.assign(this, await this.#provider.create(request));
    return this;
  }

  async diff(news: PropertyMap) {
    const old = { id: this.id, oldInputs: this.inputs, oldOutputs: this.outputs };
    return this.#provider.diff({ ...this.#named, ...old, news: await this.check(news), ignoreChanges: [] });
  }

  async update(news: PropertyMap): Promise<this> {
    const old = { id: this.id, oldInputs: this.inputs, oldOutputs: this.outputs };
    this.inputs = await this.check(news);
    const request = { ...this.#named, ...old, news: this.inputs, ignoreChanges: [], timeoutSeconds: 0, preview: false };
    this.outputs = (await this.#provider.update(request)).outputs;
    return this;
  }

  read() {
    return this.#provider.read({ ...this.#named, id: this.id, inputs: this.inputs, outputs: this.outputs });
  }

  delete(): Promise<void> {
    const request = { ...this.#named, id: this.id, inputs: this.inputs, outputs: this.outputs, timeoutSeconds: 0 };
    return this.#provider.delete(request);
  }
}
