import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type RunResult, run } from "../../../machine/run.ts";
import { temporaryFolder } from "../../support/folder.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const engine = join(root, "engine", "main.ts");

export interface EngineEvent {
  diagnosticEvent?: { urn?: string; message: string; severity: string };
  resourcePreEvent?: { metadata: { op: string; urn: string } };
  summaryEvent?: { resourceChanges: Record<string, number> };
}

export interface OperationResult extends RunResult {
  events: EngineEvent[];
  changes: Record<string, number>;
}

/** A Pulumi project of its own in a temporary folder, worked on by the embedded engine as a program. */
export class EngineProject {
  readonly folder = temporaryFolder();
  readonly stack = "dev";
  readonly name: string;
  readonly env: Record<string, string> = {};

  /** @param fixture a folder in fixtures/ */
  constructor(fixture: string, passphrase = "conformance") {
    cpSync(join(import.meta.dirname, "..", "fixtures", fixture), this.folder, { recursive: true });
    symlinkSync(join(root, "node_modules"), this.path("node_modules"));
    this.name = readFileSync(this.path("Pulumi.yaml"), "utf8").match(/^name: (.*)$/m)?.[1] ?? "";
    this.env = {
      PULUMI_CONFIG_PASSPHRASE: passphrase,
      PULUMI_BACKEND_URL: `file://${this.folder}/state`,
      // Half a second less of each start of Node.
      NODE_COMPILE_CACHE: join(root, ".landfall", "compile-cache"),
      PULUMI_HOME: this.path("home"),
      // Type checks are not what is tested here, and take most of the time.
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    };
  }

  path(...segments: string[]): string {
    return join(this.folder, ...segments);
  }

  get stateFile(): string {
    return this.path("state", ".pulumi", "stacks", this.name, `${this.stack}.json`);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the file's content is what is asserted on
  state(): any {
    return JSON.parse(readFileSync(this.stateFile, "utf8"));
  }

  resources(): { urn: string; [field: string]: unknown }[] {
    return this.state().checkpoint.latest?.resources ?? [];
  }

  putState(content: string): void {
    mkdirSync(dirname(this.stateFile), { recursive: true });
    writeFileSync(this.stateFile, content);
  }

  /** Writes the stack's file. */
  configure(text: string): void {
    mkdirSync(this.path("stacks"), { recursive: true });
    const folder = existsSync(this.path("stacks")) ? "stacks" : ".";
    writeFileSync(this.path(folder, `Pulumi.${this.stack}.yaml`), text);
  }

  #environment(env: Record<string, string>): NodeJS.ProcessEnv {
    const clean = Object.entries(process.env).filter(([key]) => !/^(PULUMI_|NODE_TEST|LANDFALL_)/.test(key));
    return { ...Object.fromEntries(clean), ...this.env, ...env };
  }

  /** Runs a command of the engine on the stack. */
  run(args: string[], env: Record<string, string> = {}, input?: string): Promise<RunResult> {
    return run(process.execPath, [engine, ...args, "--stack", this.stack], {
      cwd: this.folder,
      env: this.#environment(env),
      timeoutMs: 120_000,
      ...(input === undefined ? {} : { input }),
    });
  }

  async operate(operation: string, args: string[] = [], env: Record<string, string> = {}): Promise<OperationResult> {
    const log = this.path(`events-${process.hrtime.bigint()}.jsonl`);
    const confirm = operation === "preview" ? [] : ["--yes", "--skip-preview"];
    const result = await this.run(
      [operation, ...confirm, "--non-interactive", "--event-log", log, "--suppress-outputs", ...args],
      env,
    );
    const lines = existsSync(log) ? readFileSync(log, "utf8").split("\n").filter(Boolean) : [];
    const events = lines.map((line) => JSON.parse(line) as EngineEvent);
    const changes = events.find((event) => event.summaryEvent)?.summaryEvent?.resourceChanges ?? {};
    return { ...result, events, changes };
  }

  /** Starts an operation without waiting for it. */
  start(operation: string, args: string[] = [], env: Record<string, string> = {}): ChildProcess {
    const all = [operation, "--yes", "--skip-preview", "--non-interactive", ...args, "--stack", this.stack];
    return spawn(process.execPath, [engine, ...all], {
      cwd: this.folder,
      env: this.#environment(env),
      stdio: ["ignore", "pipe", "pipe"],
    });
  }
}

export const errorsOf = ({ events }: OperationResult): string[] =>
  events.flatMap(({ diagnosticEvent }) =>
    diagnosticEvent?.severity === "error" ? [diagnosticEvent.message.trim()] : [],
  );
