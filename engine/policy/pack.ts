import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import analyzers from "@pulumi/pulumi/proto/analyzer_pb.js";
import { parse } from "yaml";
import type { Project } from "../config/project.ts";
import { EngineError, messageOf, unsupported, withoutStack } from "../errors.ts";
import type { AnalyzedResource, Violation } from "../plan/hooks.ts";
import { type Command, sdkScript } from "../plugins/find.ts";
import { launchPlugin, type Plugin } from "../plugins/launch.ts";
import { call, channelOptions } from "../rpc/call.ts";
import { toStruct } from "../rpc/wire.ts";

type Response = InstanceType<typeof analyzers.AnalyzeResponse>;

/** A policy pack that runs: a program of its own (@pulumi/policy), asked over gRPC about each resource and about the stack. */
export class PolicyPack {
  readonly #plugin: Plugin;
  readonly #client: InstanceType<typeof services.AnalyzerClient>;

  constructor(plugin: Plugin) {
    this.#plugin = plugin;
    this.#client = new services.AnalyzerClient(plugin.address, grpc.credentials.createInsecure(), channelOptions);
  }

  async analyze(resource: AnalyzedResource): Promise<Violation[]> {
    const request = described(new analyzers.AnalyzeRequest(), resource, resource.inputs);
    return violations(await this.#ask((done) => this.#client.analyze(request, done)));
  }

  /** With what the resources have become: outputs over inputs. */
  async analyzeStack(resources: AnalyzedResource[]): Promise<Violation[]> {
    const request = new analyzers.AnalyzeStackRequest();
    request.setResourcesList(
      resources.map((resource) => {
        const { inputs, outputs } = resource;
        const message = described(new analyzers.AnalyzerResource(), resource, { ...inputs, ...outputs });
        message.setParent(resource.parent);
        message.setDependenciesList(resource.dependencies);
        return message;
      }),
    );
    return violations(await this.#ask((done) => this.#client.analyzeStack(request, done)));
  }

  async close(): Promise<void> {
    this.#client.close();
    await this.#plugin.stop();
  }

  async #ask(start: Parameters<typeof call<Response>>[0]): Promise<Response> {
    try {
      return await call<Response>(start);
    } catch (error) {
      const { details } = error as Partial<grpc.ServiceError>;
      throw new EngineError(`a policy could not be asked: ${withoutStack(details ?? messageOf(error))}`);
    }
  }
}

/** Starts the policy pack of a folder. */
export async function startPolicyPack(
  folder: string,
  project: Project,
  engine: string,
  onLine: (line: string) => void,
): Promise<PolicyPack> {
  const path = resolve(folder);
  const plugin = await launchPlugin(`policy pack ${path}`, commandOf(path, project), { folder: path, engine }, onLine);
  return new PolicyPack(plugin);
}

/** As PulumiPolicy.yaml says; `typescript: false` there means that Node runs it as it is. */
function commandOf(folder: string, project: Project): Command {
  const file = join(folder, "PulumiPolicy.yaml");
  if (!existsSync(file)) throw new EngineError(`${folder} is no policy pack: it has no PulumiPolicy.yaml`);
  const yaml = (parse(readFileSync(file, "utf8")) ?? {}) as {
    runtime?: string | { name?: string; options?: { typescript?: boolean } };
    main?: string;
  };
  const runtime = typeof yaml.runtime === "string" ? { name: yaml.runtime } : yaml.runtime;
  if (runtime?.name !== "nodejs") throw unsupported(`policy packs of the runtime ${String(runtime?.name)}`);
  const main = ["index.ts", "index.js", "index.mjs"].map((name) => join(folder, name)).find((name) => existsSync(name));
  const entry = yaml.main ? join(folder, yaml.main) : main;
  if (!entry) throw new EngineError(`${folder} has no index.ts or index.js, and its PulumiPolicy.yaml names no main`);
  const asItIs = "options" in runtime && runtime.options?.typescript === false;
  if (asItIs) return { program: process.execPath, args: [entry] };
  // The runner takes the engine's address before the program; launching appends it, which the runner ignores.
  return { program: process.execPath, args: [sdkScript(project, "cmd/run-policy-pack"), "engine", folder] };
}

interface Described {
  setType(type: string): unknown;
  setUrn(urn: string): unknown;
  setName(name: string): unknown;
  setProperties(properties: ReturnType<typeof toStruct>): unknown;
  setOptions(options: InstanceType<typeof analyzers.AnalyzerResourceOptions>): unknown;
}

function described<M extends Described>(
  message: M,
  resource: AnalyzedResource,
  properties: AnalyzedResource["inputs"],
): M {
  message.setType(resource.type);
  message.setUrn(resource.urn);
  message.setName(resource.name);
  message.setProperties(toStruct(properties, { secrets: true, resources: false }));
  const options = new analyzers.AnalyzerResourceOptions();
  options.setProtect(resource.protect);
  options.setParent(resource.parent);
  options.setIgnorechangesList(resource.ignoreChanges);
  options.setAdditionalsecretoutputsList(resource.additionalSecretOutputs);
  message.setOptions(options);
  return message;
}

const { MANDATORY, REMEDIATE, DISABLED } = analyzers.EnforcementLevel;

function violations(response: Response): Violation[] {
  return response
    .getDiagnosticsList()
    .filter((diagnostic) => diagnostic.getEnforcementlevel() !== DISABLED)
    .map((diagnostic) => ({
      pack: diagnostic.getPolicypackname(),
      policy: diagnostic.getPolicyname(),
      urn: diagnostic.getUrn(),
      message: withoutStack(diagnostic.getMessage() || diagnostic.getDescription()),
      mandatory: [MANDATORY, REMEDIATE].some((level) => level === diagnostic.getEnforcementlevel()),
    }));
}
