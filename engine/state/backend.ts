import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Project } from "../config/project.ts";
import { EngineError, messageOf, unsupported } from "../errors.ts";

const stackName = /^[A-Za-z0-9_.-]{1,100}$/;

/** Pulumi's self-managed backend in a folder: where its files are, and how they are read and replaced. */
export class Backend {
  readonly folder: string;
  readonly #project: string;

  constructor(folder: string, project: string) {
    this.folder = folder;
    this.#project = project;
  }

  stackFile(stack: string): string {
    return join(this.folder, "stacks", this.#project, `${checked(stack)}.json`);
  }

  lockFolder(stack: string): string {
    return join(this.folder, "locks", "organization", this.#project, checked(stack));
  }

  stacks(): string[] {
    const folder = join(this.folder, "stacks", this.#project);
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((file) => file.endsWith(".json"))
      .map((file) => file.slice(0, -".json".length))
      .sort();
  }

  has(stack: string): boolean {
    return existsSync(this.stackFile(stack));
  }

  /** @throws {EngineError} "no stack named …" */
  read(stack: string): unknown {
    if (!this.has(stack)) throw new EngineError(`no stack named '${stack}' found`);
    const file = this.stackFile(stack);
    try {
      return JSON.parse(readFileSync(file, "utf8"));
    } catch (error) {
      throw new EngineError(
        `the state of the stack ${stack} cannot be read (${file}): ${messageOf(error)}\nTry: ${file}.bak holds the state before the last change`,
      );
    }
  }

  /** Replaces the state in one step: whoever reads sees the old one or the new one. */
  write(stack: string, text: string): void {
    const meta = join(this.folder, "meta.yaml");
    if (!existsSync(meta)) replaceFile(meta, "version: 1\n");
    replaceFile(this.stackFile(stack), text);
  }

  /** Keeps the state as it is beside it, once before a run changes it. */
  keepBefore(stack: string): void {
    const file = this.stackFile(stack);
    if (existsSync(file)) replaceFile(`${file}.bak`, readFileSync(file, "utf8"));
  }

  remove(stack: string): void {
    const file = this.stackFile(stack);
    rmSync(file, { force: true });
    rmSync(`${file}.bak`, { force: true });
    rmSync(this.lockFolder(stack), { recursive: true, force: true });
  }
}

function checked(stack: string): string {
  if (stackName.test(stack)) return stack;
  throw new EngineError(`'${stack}' is not a stack's name: letters, digits, "-", "_" and "." only`);
}

function replaceFile(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.new`;
  const handle = openSync(temporary, "w", 0o600);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(temporary, file);
}

/** The backend that PULUMI_BACKEND_URL names, else Pulumi.yaml, else the one that the user has logged in to. */
export function openBackend(project: Project): Backend {
  const fromEnvironment = process.env.PULUMI_BACKEND_URL;
  if (fromEnvironment) return at(fromEnvironment, process.cwd(), project);
  if (project.backendUrl) return at(project.backendUrl, project.root, project);
  const current = loggedIn();
  if (current) return at(current, process.cwd(), project);
  throw new EngineError(
    "no backend is named\nTry: set backend.url in Pulumi.yaml or PULUMI_BACKEND_URL to file://FOLDER",
  );
}

function at(url: string, base: string, project: Project): Backend {
  if (!url.startsWith("file://")) throw unsupported(`the backend ${url}`);
  const path = url.slice("file://".length).replace(/[?#].*$/, "");
  const folder = path.startsWith("~")
    ? join(homedir(), path.slice(1))
    : path.startsWith("/")
      ? fileURLToPath(url)
      : resolve(base, path);
  return new Backend(join(folder, ".pulumi"), project.name);
}

function loggedIn(): string | undefined {
  const file = join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "credentials.json");
  if (!existsSync(file)) return undefined;
  try {
    return (JSON.parse(readFileSync(file, "utf8")) as { current?: string }).current;
  } catch {
    return undefined;
  }
}
