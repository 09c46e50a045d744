import * as pulumi from "@pulumi/pulumi";
import type { Provider } from "./providers/provider.ts";

/** The modules of infra/providers, and with them the kinds of resource that a native stack is made of. */
type Kind =
  | "authority"
  | "certificate"
  | "cluster"
  | "container-file"
  | "container-process"
  | "container-task"
  | "file"
  | "home"
  | "image-context"
  | "kept-volumes"
  | "parts"
  | "password"
  | "ports"
  | "process"
  | "sql"
  | "stanza";

/** What a module of infra/providers takes and gives. */
type InputsOf<M> = M extends { provider: Provider<infer I, infer _> } ? I : never;
type OutputsOf<M> = M extends { provider: Provider<infer _, infer O> } ? O : never;

/**
 * A dynamic provider is stored in the state as the text of its functions, and a delete runs the text of old. So these are
 * thin: they load the module as it is now, by a path from the folder that the engine runs providers in (infra/).
 */
function closures(kind: Kind): pulumi.dynamic.ResourceProvider {
  const file = `providers/${kind}.ts`;
  // biome-ignore lint/suspicious/noExplicitAny: what crosses here is JSON; the module's own types hold on its side.
  const load = (): Provider<any, any> => require(require("node:path").join(process.cwd(), file)).provider;
  // The engine shows a message only: the hint of a MachineProblem goes with it, on a line of its own.
  const explained = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      const { message, hint } = error as { message: string; hint?: string };
      throw new Error(hint ? `${message}\nTry: ${hint}` : message);
    }
  };
  return {
    async check(olds, news) {
      const foresee = load().foresee;
      return { inputs: foresee ? { ...news, ...(await explained(foresee(olds, news))) } : news };
    },
    async create(inputs) {
      const { id, outputs } = await explained(load().create(inputs));
      return { id, outs: outputs };
    },
    diff: (id, olds, news) => explained(load().diff(id, olds, news)),
    async update(id, olds, news) {
      return { outs: await explained(load().update(id, olds, news)) };
    },
    async read(id, props) {
      const read = load().read;
      const outputs = read ? await explained(read(id, props)) : props;
      return outputs === null ? { id: "", props: {} } : { id, props: outputs };
    },
    delete: (id, props) => explained(load().delete(id, props)),
  };
}

type Wrapped<T> = { [K in keyof T]: pulumi.Input<T[K]> };

export interface StackResource<O> extends pulumi.Resource {
  id: pulumi.Output<string>;
  /** An output of the resource. */
  get<K extends keyof O & string>(name: K): pulumi.Output<O[K]>;
}

class Resource extends pulumi.dynamic.Resource {
  constructor(kind: Kind, name: string, args: pulumi.Inputs, outputs: string[], options: pulumi.CustomResourceOptions) {
    const unknown = Object.fromEntries(outputs.map((output) => [output, undefined]));
    super(closures(kind), name, { ...unknown, ...args }, options, "landfall", kind);
  }

  get(name: string): pulumi.Output<unknown> {
    return (this as unknown as Record<string, pulumi.Output<unknown>>)[name] as pulumi.Output<unknown>;
  }
}

/** Makes the constructor of one kind of resource. `outputs` names what the provider adds to its inputs. */
function kindOf<M>(kind: Kind, outputs: (keyof OutputsOf<M> & string)[], secret: string[] = []) {
  return (name: string, args: Wrapped<InputsOf<M>>, options: pulumi.CustomResourceOptions) =>
    new Resource(kind, name, args as pulumi.Inputs, outputs, {
      ...options,
      additionalSecretOutputs: secret,
    }) as unknown as StackResource<OutputsOf<M>>;
}

type Authority = typeof import("./providers/authority.ts");
type Certificate = typeof import("./providers/certificate.ts");
type Cluster = typeof import("./providers/cluster.ts");
type ContainerFile = typeof import("./providers/container-file.ts");
type ContainerProcess = typeof import("./providers/container-process.ts");
type ContainerTask = typeof import("./providers/container-task.ts");
type ImageContext = typeof import("./providers/image-context.ts");
type KeptVolumes = typeof import("./providers/kept-volumes.ts");
type File = typeof import("./providers/file.ts");
type Home = typeof import("./providers/home.ts");
type Parts = typeof import("./providers/parts.ts");
type Password = typeof import("./providers/password.ts");
type Ports = typeof import("./providers/ports.ts");
type Process = typeof import("./providers/process.ts");
type Sql = typeof import("./providers/sql.ts");
type Stanza = typeof import("./providers/stanza.ts");

export const authority = kindOf<Authority>("authority", ["certificate", "key"], ["key"]);
export const certificate = kindOf<Certificate>("certificate", ["certificate", "key"], ["key"]);
export const cluster = kindOf<Cluster>("cluster", ["systemIdentifier"]);
export const containerFile = kindOf<ContainerFile>("container-file", ["hash"]);
export const containerProcess = kindOf<ContainerProcess>("container-process", ["container", "containerId"]);
export const containerTask = kindOf<ContainerTask>("container-task", []);
export const imageContext = kindOf<ImageContext>("image-context", ["hash"]);
export const keptVolumes = kindOf<KeptVolumes>("kept-volumes", []);
export const file = kindOf<File>("file", ["hash"]);
export const home = kindOf<Home>("home", ["path", "account", "etc", "log", "data", "run"]);
export const parts = kindOf<Parts>("parts", [
  "server",
  "pgbouncer",
  "pgbackrest",
  "prometheus",
  "alertmanager",
  "postgresExporter",
  "pgbouncerExporter",
]);
export const password = kindOf<Password>("password", ["value"], ["value"]);
export const ports = kindOf<Ports>("ports", ["chosen"]);
export const daemon = kindOf<Process>("process", []);
export const sql = kindOf<Sql>("sql", ["hash"]);
export const stanza = kindOf<Stanza>("stanza", []);

export type HomeResource = StackResource<OutputsOf<Home>>;
export type PartsResource = StackResource<OutputsOf<Parts>>;
export type PortsResource = StackResource<OutputsOf<Ports>>;
export type AuthorityResource = StackResource<OutputsOf<Authority>>;
export type ClusterResource = StackResource<OutputsOf<Cluster>>;
