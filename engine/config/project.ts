import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { EngineError, messageOf, unsupported } from "../errors.ts";

/** What Pulumi.yaml says, as far as this engine goes by it. */
export interface Project {
  name: string;
  /** The folder of Pulumi.yaml. */
  root: string;
  /** The folder that the program and its providers run in, and the entry point within it. */
  folder: string;
  entry: string;
  /** Where the stacks' files are. */
  configFolder: string;
  /** Whether the SDK compiles TypeScript; false: Node runs it. */
  typescript: boolean;
  nodeArguments: string[];
  backendUrl: string | undefined;
}

interface ProjectFile {
  name?: unknown;
  main?: unknown;
  stackConfigDir?: unknown;
  runtime?: unknown;
  config?: unknown;
  backend?: { url?: unknown };
  plugins?: unknown;
  packages?: unknown;
}

/** Reads the Pulumi.yaml of a folder, or of the nearest folder above it. */
export function loadProject(from: string): Project {
  const file = findUpwards(from);
  const yaml = read(file);
  const root = dirname(file);
  for (const key of ["config", "plugins", "packages"] as const) {
    if (yaml[key] !== undefined) throw unsupported(`"${key}" in Pulumi.yaml`);
  }
  if (typeof yaml.name !== "string" || yaml.name === "") throw new EngineError(`${file}: the project has no name`);
  const runtime = runtimeOf(yaml.runtime, file);
  return {
    name: yaml.name,
    root,
    ...entryOf(root, typeof yaml.main === "string" ? yaml.main : ""),
    configFolder: join(root, typeof yaml.stackConfigDir === "string" ? yaml.stackConfigDir : ""),
    ...runtime,
    backendUrl: typeof yaml.backend?.url === "string" ? yaml.backend.url : undefined,
  };
}

function findUpwards(from: string): string {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const file = ["Pulumi.yaml", "Pulumi.yml"].map((name) => join(folder, name)).find((path) => existsSync(path));
    if (file) return file;
    if (folder === dirname(folder)) {
      throw new EngineError(
        "no Pulumi.yaml project file found (searching upwards from the current directory)\nTry: run it in the project's folder",
      );
    }
  }
}

function read(file: string): ProjectFile {
  try {
    return (parse(readFileSync(file, "utf8")) ?? {}) as ProjectFile;
  } catch (error) {
    throw new EngineError(`could not read ${file}: ${messageOf(error).split("\n")[0]}`);
  }
}

function runtimeOf(runtime: unknown, file: string): Pick<Project, "typescript" | "nodeArguments"> {
  const name = typeof runtime === "string" ? runtime : (runtime as { name?: unknown } | undefined)?.name;
  if (name !== "nodejs") throw unsupported(`the runtime ${String(name)} (${file})`);
  const options = (typeof runtime === "object" ? (runtime as { options?: Record<string, unknown> }).options : {}) ?? {};
  const nodeArguments = typeof options.nodeargs === "string" ? options.nodeargs.split(" ").filter(Boolean) : [];
  return { typescript: options.typescript !== false, nodeArguments };
}

/** A folder is run as such; a file is run in its folder's parent, the root. */
function entryOf(root: string, main: string): Pick<Project, "folder" | "entry"> {
  const path = join(root, main);
  if (main === "" || !existsSync(path)) {
    if (main !== "") throw new EngineError(`project 'main' could not be read: ${path} does not exist`);
    return { folder: root, entry: "." };
  }
  return statSync(path).isDirectory() ? { folder: path, entry: "." } : { folder: dirname(path), entry: path };
}
