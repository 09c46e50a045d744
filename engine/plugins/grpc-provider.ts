import grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providers from "@pulumi/pulumi/proto/provider_pb.js";
import statuses from "@pulumi/pulumi/proto/status_pb.js";
import empties from "google-protobuf/google/protobuf/empty_pb.js";
import { EngineError, messageOf, PluginDied } from "../errors.ts";
import {
  type CheckConfigRequest,
  type CheckRequest,
  type CheckResult,
  type CreateRequest,
  type DeleteRequest,
  type DiffConfigRequest,
  type DiffRequest,
  type DiffResult,
  PartialFailure,
  type Provider,
  type ReadRequest,
  type UpdateRequest,
} from "../provider.ts";
import { call, channelOptions, isUnimplemented } from "../rpc/call.ts";
import { fromStruct, toStruct, type Understood } from "../rpc/wire.ts";
import { type PropertyMap, stripSecrets } from "../values.ts";
import type { Plugin } from "./launch.ts";

type Empty = InstanceType<typeof empties.Empty>;
type Client = InstanceType<typeof services.ResourceProviderClient>;

/** A provider that a plugin serves over gRPC. */
export class GrpcProvider implements Provider {
  acceptsSecrets = true;
  supportsPreview = true;
  readonly #package: string;
  readonly #plugin: Plugin;
  readonly #client: Client;
  #understood: Understood = { secrets: true, resources: true };

  constructor(packageName: string, plugin: Plugin) {
    this.#package = packageName;
    this.#plugin = plugin;
    this.#client = new services.ResourceProviderClient(
      plugin.address,
      grpc.credentials.createInsecure(),
      channelOptions,
    );
  }

  async handshake(engine: string, root: string, program: string): Promise<void> {
    const request = new providers.ProviderHandshakeRequest();
    request.setEngineAddress(engine);
    request.setRootDirectory(root);
    request.setProgramDirectory(program);
    await this.#ask(() =>
      call<InstanceType<typeof providers.ProviderHandshakeResponse>>((done) => this.#client.handshake(request, done)),
    ).catch(orUnimplemented);
  }

  async checkConfig({ urn, olds, news }: CheckConfigRequest): Promise<CheckResult> {
    const request = new providers.CheckRequest();
    request.setUrn(urn);
    request.setOlds(this.#struct(olds));
    request.setNews(this.#struct(news));
    const answer = await this.#ask(() =>
      call<InstanceType<typeof providers.CheckResponse>>((done) => this.#client.checkConfig(request, done)),
    ).catch(orUnimplemented);
    return answer ? checkResult(answer) : { inputs: news, failures: [] };
  }

  async diffConfig(asked: DiffConfigRequest): Promise<DiffResult> {
    const request = new providers.DiffRequest();
    request.setUrn(asked.urn);
    request.setId(asked.id);
    request.setOldInputs(this.#struct(asked.oldInputs));
    request.setOlds(this.#struct(asked.oldOutputs));
    request.setNews(this.#struct(asked.news));
    request.setIgnorechangesList(asked.ignoreChanges);
    const answer = await this.#ask(() =>
      call<InstanceType<typeof providers.DiffResponse>>((done) => this.#client.diffConfig(request, done)),
    ).catch(orUnimplemented);
    return answer ? diffResult(answer) : unknownDiff;
  }

  async configure(inputs: PropertyMap): Promise<void> {
    const request = new providers.ConfigureRequest();
    const plainInputs = stripSecrets(inputs);
    const variables = request.getVariablesMap();
    for (const [key, value] of Object.entries(plainInputs)) {
      if (key === "version") continue;
      // The older way, which some providers still go by: one text a setting.
      variables.set(`${this.#package}:config:${key}`, typeof value === "string" ? value : JSON.stringify(value));
    }
    request.setArgs(this.#struct(inputs));
    request.setAcceptsecrets(true);
    request.setAcceptresources(true);
    request.setSendsOldInputs(true);
    request.setSendsOldInputsToDelete(true);
    const answer = await this.#ask(() =>
      call<InstanceType<typeof providers.ConfigureResponse>>((done) => this.#client.configure(request, done)),
    );
    this.acceptsSecrets = answer.getAcceptsecrets();
    this.supportsPreview = answer.getSupportspreview();
    this.#understood = { secrets: answer.getAcceptsecrets(), resources: answer.getAcceptresources() };
  }

  async check(asked: CheckRequest): Promise<CheckResult> {
    const request = named(new providers.CheckRequest(), asked);
    request.setOlds(this.#struct(asked.olds ?? {}));
    request.setNews(this.#struct(asked.news));
    request.setRandomseed(asked.seed);
    return checkResult(
      await this.#ask(() =>
        call<InstanceType<typeof providers.CheckResponse>>((done) => this.#client.check(request, done)),
      ),
    );
  }

  async diff(asked: DiffRequest): Promise<DiffResult> {
    const request = named(new providers.DiffRequest(), asked);
    request.setId(asked.id);
    request.setOldInputs(this.#struct(asked.oldInputs));
    request.setOlds(this.#struct(asked.oldOutputs));
    request.setNews(this.#struct(asked.news));
    request.setIgnorechangesList(asked.ignoreChanges);
    return diffResult(
      await this.#ask(() =>
        call<InstanceType<typeof providers.DiffResponse>>((done) => this.#client.diff(request, done)),
      ),
    );
  }

  async create(asked: CreateRequest): Promise<{ id: string; outputs: PropertyMap }> {
    const request = named(new providers.CreateRequest(), asked);
    request.setProperties(this.#struct(asked.inputs));
    request.setTimeout(asked.timeoutSeconds);
    request.setPreview(asked.preview);
    const answer = await this.#ask(() =>
      call<InstanceType<typeof providers.CreateResponse>>((done) => this.#client.create(request, done)),
    );
    if (answer.getId() === "" && !asked.preview) {
      throw new EngineError(`the provider ${this.#package} made ${asked.urn} without giving it an id`);
    }
    return { id: answer.getId(), outputs: fromStruct(answer.getProperties()) };
  }

  async read(asked: ReadRequest) {
    const request = named(new providers.ReadRequest(), asked);
    request.setId(asked.id);
    request.setInputs(this.#struct(asked.inputs));
    request.setProperties(this.#struct(asked.outputs));
    const answer = await this.#ask(() =>
      call<InstanceType<typeof providers.ReadResponse>>((done) => this.#client.read(request, done)),
    );
    if (answer.getId() === "") return null;
    const inputs = answer.getInputs();
    const outputs = fromStruct(answer.getProperties());
    return { id: answer.getId(), outputs, ...(inputs ? { inputs: fromStruct(inputs) } : {}) };
  }

  async update(asked: UpdateRequest): Promise<{ outputs: PropertyMap }> {
    const request = named(new providers.UpdateRequest(), asked);
    request.setId(asked.id);
    request.setOldInputs(this.#struct(asked.oldInputs));
    request.setOlds(this.#struct(asked.oldOutputs));
    request.setNews(this.#struct(asked.news));
    request.setIgnorechangesList(asked.ignoreChanges);
    request.setTimeout(asked.timeoutSeconds);
    request.setPreview(asked.preview);
    const answer = await this.#ask(() =>
      call<InstanceType<typeof providers.UpdateResponse>>((done) => this.#client.update(request, done)),
    );
    return { outputs: fromStruct(answer.getProperties()) };
  }

  async delete(asked: DeleteRequest): Promise<void> {
    const request = named(new providers.DeleteRequest(), asked);
    request.setId(asked.id);
    request.setOldInputs(this.#struct(asked.inputs));
    request.setProperties(this.#struct(asked.outputs));
    request.setTimeout(asked.timeoutSeconds);
    await this.#ask(() => call<Empty>((done) => this.#client.delete(request, done)));
  }

  async invoke(token: string, args: PropertyMap) {
    const request = new providers.InvokeRequest();
    request.setTok(token);
    request.setArgs(this.#struct(args));
    const answer = await this.#ask(() =>
      call<InstanceType<typeof providers.InvokeResponse>>((done) => this.#client.invoke(request, done)),
    );
    return { outputs: fromStruct(answer.getReturn()), failures: failuresOf(answer.getFailuresList()) };
  }

  async cancel(): Promise<void> {
    await call<Empty>((done) => this.#client.cancel(new empties.Empty(), done)).catch(() => {});
  }

  async close(): Promise<void> {
    this.#client.close();
    await this.#plugin.stop();
  }

  #struct(values: PropertyMap) {
    return toStruct(values, this.#understood);
  }

  /** What gRPC reports, as what it means. */
  async #ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const { code, details, metadata } = error as Partial<grpc.ServiceError>;
      if (code === grpc.status.UNIMPLEMENTED) throw error;
      const partial = partialFailure(metadata);
      if (partial) throw partial;
      if (code === grpc.status.UNAVAILABLE) {
        const words = this.#plugin.lastWords();
        throw new PluginDied(`the plugin ${this.#package} has ended${words ? `; its last words:\n${words}` : ""}`);
      }
      throw new EngineError(details || messageOf(error));
    }
  }
}

const unknownDiff: DiffResult = {
  changes: "unknown",
  replaces: [],
  diffs: [],
  deleteBeforeReplace: false,
  stables: [],
};

function orUnimplemented(error: unknown): undefined {
  if (!isUnimplemented(error)) throw error;
  return undefined;
}

interface NamedRequest {
  setUrn(urn: string): unknown;
  setName(name: string): unknown;
  setType(type: string): unknown;
}

function named<R extends NamedRequest>(
  request: R,
  { urn, name, type }: { urn: string; name: string; type: string },
): R {
  request.setUrn(urn);
  request.setName(name);
  request.setType(type);
  return request;
}

function failuresOf(list: { getProperty(): string; getReason(): string }[]) {
  return list.map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() }));
}

function checkResult(answer: InstanceType<typeof providers.CheckResponse>): CheckResult {
  return { inputs: fromStruct(answer.getInputs()), failures: failuresOf(answer.getFailuresList()) };
}

const { DiffChanges } = providers.DiffResponse;
const { Kind } = providers.PropertyDiff;

function diffResult(answer: InstanceType<typeof providers.DiffResponse>): DiffResult {
  const changes = answer.getChanges();
  const result: DiffResult = {
    changes: changes === DiffChanges.DIFF_NONE ? "none" : changes === DiffChanges.DIFF_SOME ? "some" : "unknown",
    replaces: answer.getReplacesList(),
    diffs: answer.getDiffsList(),
    deleteBeforeReplace: answer.getDeletebeforereplace(),
    stables: answer.getStablesList(),
  };
  if (!answer.getHasdetaileddiff()) return result;
  const kinds: Record<number, "add" | "delete" | "update"> = {
    [Kind.ADD]: "add",
    [Kind.ADD_REPLACE]: "add",
    [Kind.DELETE]: "delete",
    [Kind.DELETE_REPLACE]: "delete",
  };
  const replacing: number[] = [Kind.ADD_REPLACE, Kind.DELETE_REPLACE, Kind.UPDATE_REPLACE];
  const detailed: NonNullable<DiffResult["detailed"]> = {};
  answer.getDetaileddiffMap().forEach((difference: InstanceType<typeof providers.PropertyDiff>, path: string) => {
    const kind = difference.getKind();
    detailed[path] = { kind: kinds[kind] ?? "update", replaces: replacing.includes(kind) };
  });
  return { ...result, detailed };
}

/** A resource that was made but did not come up: its id and outputs travel in the error. */
function partialFailure(metadata: grpc.Metadata | undefined): PartialFailure | undefined {
  const [bytes] = metadata?.get("grpc-status-details-bin") ?? [];
  if (!(bytes instanceof Buffer)) return undefined;
  const status = statuses.Status.deserializeBinary(new Uint8Array(bytes));
  for (const any of status.getDetailsList()) {
    const detail = any.unpack(
      providers.ErrorResourceInitFailed.deserializeBinary,
      "pulumirpc.ErrorResourceInitFailed",
    ) as InstanceType<typeof providers.ErrorResourceInitFailed> | null;
    if (detail) {
      const outputs = fromStruct(detail.getProperties());
      return new PartialFailure(status.getMessage(), detail.getId(), outputs, detail.getReasonsList());
    }
  }
  return undefined;
}
