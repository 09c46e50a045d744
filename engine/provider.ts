import type { PropertyMap } from "./values.ts";

/**
 * What the engine asks of a provider: Pulumi's resource provider protocol as promises over decoded values. Two kinds of thing
 * implement it: the client of a plugin (plugins/grpc-provider.ts), and the built-in providers (plugins/built-in.ts), which serve
 * a package where its plugin cannot be had.
 *
 * Secrets: unless `acceptsSecrets` is true, every value is plain, and the engine marks in the answer what was secret in the
 * request under the same key. An answer may mark more by wrapping a value in `Secret`.
 * Unknowns: in a preview any input, or part of one, may be `UNKNOWN`. Outside of a preview there are none.
 * Errors: throw an Error whose message a user understands; a line "Try: …" in it becomes the hint. A resource that was made but
 * does not work is a `PartialFailure`.
 */
export interface Provider {
  /** Secrets arrive wrapped in `Secret`, and have to be wrapped in what is returned. */
  readonly acceptsSecrets: boolean;
  /** create and update understand `preview: true`. Where not, the engine assumes that outputs are the inputs. */
  readonly supportsPreview: boolean;

  /** Checks the provider's own configuration; what it returns as inputs is stored. */
  checkConfig(request: CheckConfigRequest): Promise<CheckResult>;
  /** What a change of the provider's own configuration means for its resources. */
  diffConfig(request: DiffConfigRequest): Promise<DiffResult>;
  /** Called once, before anything else but checkConfig and diffConfig. */
  configure(inputs: PropertyMap): Promise<void>;

  /** Checks inputs, and fills in defaults and generated names. Failures stop the resource. */
  check(request: CheckRequest): Promise<CheckResult>;
  diff(request: DiffRequest): Promise<DiffResult>;
  create(request: CreateRequest): Promise<{ id: string; outputs: PropertyMap }>;
  /** The resource as it is now; null where it is gone. `inputs`, where given, replace those of the state. */
  read(request: ReadRequest): Promise<{ id: string; outputs: PropertyMap; inputs?: PropertyMap } | null>;
  update(request: UpdateRequest): Promise<{ outputs: PropertyMap }>;
  delete(request: DeleteRequest): Promise<void>;
  /** A function of the package, such as `docker:index/getNetwork:getNetwork`. */
  invoke(token: string, args: PropertyMap): Promise<{ outputs: PropertyMap; failures: CheckFailure[] }>;

  /** The user has interrupted the run: end what runs early, if that leaves nothing half-done. */
  cancel(): Promise<void>;
  /** The run is over: release what is held. */
  close(): Promise<void>;
}

/** What a resource is called: `type` as `docker:index/container:Container`, `name` the last part of the URN. */
interface Named {
  urn: string;
  type: string;
  name: string;
}

export interface CheckConfigRequest {
  urn: string;
  /** The stored configuration; empty for a new provider. */
  olds: PropertyMap;
  news: PropertyMap;
}

export interface DiffConfigRequest {
  urn: string;
  id: string;
  oldInputs: PropertyMap;
  oldOutputs: PropertyMap;
  news: PropertyMap;
  ignoreChanges: string[];
}

export interface CheckRequest extends Named {
  /** The stored inputs; undefined for a new resource, or for one that is about to be replaced. */
  olds: PropertyMap | undefined;
  news: PropertyMap;
  /** The same for the same resource in one run: for generated names. */
  seed: Uint8Array;
}

export interface CheckResult {
  inputs: PropertyMap;
  failures: CheckFailure[];
}

export interface CheckFailure {
  /** Empty where it is about the whole resource. */
  property: string;
  reason: string;
}

export interface DiffRequest extends Named {
  id: string;
  oldInputs: PropertyMap;
  oldOutputs: PropertyMap;
  news: PropertyMap;
  /** Already applied to `news`. */
  ignoreChanges: string[];
}

export interface DiffResult {
  /** "unknown": the provider does not say, and the engine compares the inputs. "none" wins over `replaces`. */
  changes: "some" | "none" | "unknown";
  /** Paths of properties that cannot change in place. */
  replaces: string[];
  /** Paths of the properties that differ; for the display. */
  diffs: string[];
  /** Where a replacement cannot exist beside what it replaces. */
  deleteBeforeReplace: boolean;
  /** By path, for `replaceOnChanges` and the display. Absent where the provider does not tell. */
  detailed?: Record<string, PropertyDifference>;
  /** Outputs that no update changes: they stay known in a preview of an update. */
  stables: string[];
}

export interface PropertyDifference {
  kind: "add" | "delete" | "update";
  replaces: boolean;
}

export interface CreateRequest extends Named {
  inputs: PropertyMap;
  /** 0: the provider's own. */
  timeoutSeconds: number;
  /** Only where supportsPreview: make nothing, return what is known, and `UNKNOWN` for the rest. The id is ignored. */
  preview: boolean;
}

export interface ReadRequest extends Named {
  id: string;
  inputs: PropertyMap;
  outputs: PropertyMap;
}

export interface UpdateRequest extends Named {
  id: string;
  oldInputs: PropertyMap;
  oldOutputs: PropertyMap;
  news: PropertyMap;
  ignoreChanges: string[];
  timeoutSeconds: number;
  preview: boolean;
}

export interface DeleteRequest extends Named {
  id: string;
  inputs: PropertyMap;
  outputs: PropertyMap;
  timeoutSeconds: number;
}

/** The resource exists (it is recorded, and deleted later) but did not come up. */
export class PartialFailure extends Error {
  readonly id: string;
  readonly outputs: PropertyMap;
  readonly reasons: string[];
  constructor(message: string, id: string, outputs: PropertyMap, reasons: string[]) {
    super(message);
    this.id = id;
    this.outputs = outputs;
    this.reasons = reasons;
  }
}
