import type { StackContext } from "../commands/stack-context.ts";
import { EngineError, messageOf, plain, withoutStack } from "../errors.ts";
import type { Violation } from "../plan/hooks.ts";
import { ProviderHost } from "../plugins/host.ts";
import { endWatch } from "../plugins/watchdog.ts";
import { type PolicyPack, startPolicyPack } from "../policy/pack.ts";
import { addEngineService } from "../rpc/engine-service.ts";
import { addMonitor } from "../rpc/monitor.ts";
import { listen } from "../rpc/server.ts";
import type { Checkpoint } from "../state/checkpoint.ts";
import { takeLock } from "../state/lock.ts";
import { Snapshot } from "../state/snapshot.ts";
import { type PropertyMap, Secret } from "../values.ts";
import { Deployment } from "./deployment.ts";
import type { Listener } from "./events.ts";
import { startProgram } from "./program.ts";
import { refreshAll } from "./refresh.ts";

export type Operation = "up" | "preview" | "destroy" | "refresh";

export interface OperateOptions {
  operation: Operation;
  parallel: number;
  listener: Listener;
  /** Folders of policy packs. */
  policyPacks?: string[];
  debug?: boolean;
}

export interface OperateResult {
  failed: boolean;
  changes: Deployment["changes"];
  outputs: PropertyMap;
}

/** The SDK's runner ends with this where the program's error has been logged. */
const exitAfterLogging = 32;

/** Runs one operation on a stack, from taking its lock to the last write of its state. */
export async function operate(context: StackContext, options: OperateOptions): Promise<OperateResult> {
  const preview = options.operation === "preview";
  const before = context.checkpoint();
  const release = preview ? () => {} : takeLock(context.backend, context.name);
  try {
    // Whoever had the lock may have changed the state meanwhile.
    return await new Run(context, preview ? before : context.checkpoint(), options).work();
  } finally {
    release();
    endWatch();
  }
}

class Run {
  readonly #context: StackContext;
  readonly #options: OperateOptions;
  readonly #before: Checkpoint;
  readonly #snapshot: Snapshot;
  readonly #host: ProviderHost;
  readonly #deployment: Deployment;
  readonly #started = Date.now();
  #engineAddress = "";
  #interrupts = 0;
  readonly #packs: PolicyPack[] = [];

  constructor(context: StackContext, before: Checkpoint, options: OperateOptions) {
    this.#context = context;
    this.#options = options;
    this.#before = before;
    const preview = options.operation === "preview";
    let kept = false;
    this.#snapshot = new Snapshot(before, (checkpoint) => {
      if (!kept) context.backend.keepBefore(context.name);
      kept = true;
      context.write(checkpoint);
    });
    const providers = before.resources.filter(({ type }) => type.startsWith("pulumi:providers:"));
    this.#host = new ProviderHost({
      project: context.project,
      preview,
      engine: () => this.#engineAddress,
      stored: new Map(providers.map((state) => [`${state.urn}::${state.id}`, state])),
      note: (text) => this.#deployment.say("", text, "warning"),
      onPluginLine: (name, line) => this.#deployment.say("", `${name}: ${plain(line)}`, "debug"),
    });
    this.#deployment = new Deployment({
      project: context.project.name,
      stack: context.name,
      preview,
      parallel: options.parallel,
      before,
      snapshot: this.#snapshot,
      host: this.#host,
      hooks: {
        analyze: (resource) => this.#ask((pack) => pack.analyze(resource)),
        analyzeStack: (resources) => this.#ask((pack) => pack.analyzeStack(resources)),
      },
      listener: options.listener,
      settingsOf: (packageName) => providerSettingsOf(packageName, this.#settings()),
    });
  }

  async #ask(question: (pack: PolicyPack) => Promise<Violation[]>): Promise<Violation[]> {
    return (await Promise.all(this.#packs.map(question))).flat();
  }

  async #startPacks(): Promise<void> {
    for (const folder of this.#options.policyPacks ?? []) {
      const onLine = (line: string) => this.#deployment.say("", `${folder}: ${plain(line)}`, "debug");
      this.#packs.push(await startPolicyPack(folder, this.#context.project, this.#engineAddress, onLine));
    }
  }

  #settings = () => this.#context.settings();

  async work(): Promise<OperateResult> {
    const { operation, listener } = this.#options;
    const settings = this.#settings();
    const shown = Object.entries(settings).map(([key, { text, secret }]) => [key, secret ? "[secret]" : text]);
    listener({ kind: "begin", config: Object.fromEntries(shown) });
    const server = await listen((grpc) => {
      addEngineService(grpc, {
        log: (urn, severity, text, ephemeral) => this.#log(urn, severity, text, ephemeral),
        rootUrn: {
          get: () => this.#deployment.rootUrn,
          set: (urn) => {
            this.#deployment.rootUrn = urn;
          },
        },
      });
    });
    this.#engineAddress = server.address;
    const stopListening = this.#onInterrupt();
    try {
      this.#warnOfPending();
      if (operation === "up" || operation === "preview") await this.#startPacks();
      if (operation === "destroy") await this.#deployment.deleteTheRest();
      else if (operation === "refresh") await this.#refresh();
      else await this.#runProgram();
      await this.#deployment.settle();
      if (operation !== "preview") await this.#snapshot.finish();
    } catch (error) {
      this.#deployment.say(this.#deployment.rootUrn, messageOf(error), "error");
    } finally {
      stopListening();
      await Promise.all([this.#host.close(), ...this.#packs.map((pack) => pack.close())]);
      server.close();
    }
    return this.#end();
  }

  #end(): OperateResult {
    const { listener, operation } = this.#options;
    const { failed, changes, rootUrn } = this.#deployment;
    if (failed) {
      const what = this.#interrupts > 0 ? `${nameOf(operation)} canceled` : `${nameOf(operation)} failed`;
      this.#deployment.say(rootUrn, what, "error");
    }
    listener({ kind: "summary", changes, seconds: (Date.now() - this.#started) / 1000, failed });
    listener({ kind: "end" });
    return { failed, changes, outputs: this.#deployment.stackOutputs() };
  }

  async #runProgram(): Promise<void> {
    const { project, name: stack } = this.#context;
    const { operation, parallel } = this.#options;
    const preview = operation === "preview";
    const settings = Object.entries(this.#settings());
    const config = Object.fromEntries(settings.map(([key, { text }]) => [key, text]));
    const secretKeys = settings.filter(([, { secret }]) => secret).map(([key]) => key);
    let declaredAll = false;
    const monitor = await listen((grpc) =>
      addMonitor(grpc, {
        deployment: this.#deployment,
        host: this.#host,
        preview,
        info: { project: project.name, stack, parallel, config, secretKeys },
        folder: project.folder,
        onShutdown: () => {
          declaredAll = true;
        },
      }),
    );
    try {
      const program = startProgram({
        project,
        stack,
        preview,
        parallel,
        monitor: monitor.address,
        engine: this.#engineAddress,
        config,
        secretKeys,
        onLine: (line) => this.#programLine(line),
      });
      this.#deployment.stopping.addEventListener("abort", () => setTimeout(() => program.stop(), 5000).unref());
      const code = await program.ended;
      await this.#deployment.settle();
      if (this.#deployment.stopping.aborted) return;
      if (code !== 0) this.#programFailed(code);
      // Without the program's word that this was all, what is missing may only not have been declared yet.
      else if (this.#deployment.isWhole && declaredAll) await this.#deployment.deleteTheRest();
    } finally {
      monitor.close();
    }
  }

  #programFailed(code: number): void {
    if (code === exitAfterLogging && this.#deployment.failed) return;
    this.#deployment.say(this.#deployment.rootUrn, `the program ended with ${code}`, "error");
  }

  #programLine(line: string): void {
    const text = withoutStack(plain(line));
    if (text.trim() !== "") this.#deployment.say(this.#deployment.rootUrn, text, "info", "program");
  }

  #log(urn: string, severity: "debug" | "info" | "warning" | "error", text: string, ephemeral: boolean): void {
    // Once the run is being stopped, the SDK reports that it is: no news, and not the user's problem.
    if (this.#deployment.stopping.aborted && /Resource monitor is terminating|engine has stopped/.test(text)) return;
    if (severity === "debug" && !this.#options.debug) return;
    this.#deployment.say(urn || this.#deployment.rootUrn, text, severity, "program", ephemeral);
  }

  #warnOfPending(): void {
    const creates = this.#snapshot.pendingCreates;
    if (creates.length === 0) return;
    const names = creates.map(({ resource }) => `  * ${resource.urn}`).join("\n");
    this.#deployment.say(
      "",
      `an earlier run was interrupted while it made:\n${names}\nWhether they exist is not known. An update makes them again, which takes over what is there where the provider can do that; a refresh forgets the record.`,
      "warning",
    );
  }

  async #refresh(): Promise<void> {
    this.#snapshot.clearPending();
    await refreshAll({
      states: this.#before.resources,
      snapshot: this.#snapshot,
      host: this.#host,
      deployment: this.#deployment,
      parallel: this.#options.parallel,
      listener: this.#options.listener,
    });
  }

  /** The first interrupt lets what runs finish; a second one does not. */
  #onInterrupt(): () => void {
    const interrupt = () => {
      this.#interrupts++;
      if (this.#interrupts > 1) {
        // Nothing is written any more: pending operations stand in the state. The watchdog ends the plugins.
        process.exit(130);
      }
      this.#deployment.say(
        "",
        "interrupted: what runs is finished and saved; a second interrupt ends it now",
        "warning",
      );
      this.#deployment.stop();
      void this.#host.cancel();
    };
    process.on("SIGINT", interrupt);
    process.on("SIGTERM", interrupt);
    return () => {
      process.off("SIGINT", interrupt);
      process.off("SIGTERM", interrupt);
    };
  }
}

const nameOf = (operation: Operation): string => (operation === "up" ? "update" : operation);

/** A default provider is given the settings of its package; dynamic providers are given all, by their whole name. */
function providerSettingsOf(packageName: string, settings: ReturnType<StackContext["settings"]>): PropertyMap {
  const all = Object.entries(settings).map(
    ([key, { text, secret }]) => [key, secret ? new Secret(text) : text] as const,
  );
  if (packageName === "pulumi-nodejs") return Object.fromEntries(all);
  const prefix = `${packageName}:`;
  const own = all.filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
}

/** @throws {EngineError} where --parallel is no number */
export function parallelism(text: string | undefined): number {
  const number = text === undefined ? 16 : Number(text);
  if (!Number.isInteger(number)) throw new EngineError(`--parallel ${text} is not a number`);
  return number < 1 ? Number.MAX_SAFE_INTEGER : number;
}
