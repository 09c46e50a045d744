import { createHash } from "node:crypto";
import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { linuxNode } from "../../machine/node.ts";
import { compare, type Provider } from "./provider.ts";

interface ImageContextInputs {
  /** Where the context is put together. */
  folder: string;
  /** Hash of what goes into it (see contextHash), so that a change shows in a preview. */
  sources: string;
}

interface ImageContextOutputs extends ImageContextInputs {
  hash: string;
}

const root = join(import.meta.dirname, "..", "..");
const dockerfile = join(import.meta.dirname, "..", "targets", "docker", "images", "ops");

/** What a container needs of this repository to run its verbs. */
const ownFiles = ["package.json", "package-lock.json", "machine", "scripts", join("infra", "contract.ts")];
/** Says that the npm packages of package-lock.json are in place, so that no verb tries to install them. */
const stamp = join("node_modules", ".landfall-lock");

/** The build context of the image that runs this repository's verbs: its own files, npm packages, and a Node for Linux. */
export const provider: Provider<ImageContextInputs, ImageContextOutputs> = {
  async create(inputs) {
    rmSync(inputs.folder, { recursive: true, force: true });
    mkdirSync(inputs.folder, { recursive: true });
    cpSync(dockerfile, inputs.folder, { recursive: true });
    const app = join(inputs.folder, "app");
    for (const file of ownFiles) cpSync(join(root, file), join(app, file), { recursive: true });
    for (const name of runtimePackages())
      cpSync(join(root, name), join(app, name), { recursive: true, dereference: true });
    cpSync(join(root, stamp), join(app, stamp));
    cpSync(await linuxNode(), join(inputs.folder, "node"), { dereference: true });
    chmodSync(join(inputs.folder, "node"), 0o755);
    return { id: inputs.folder, outputs: { ...inputs, hash: inputs.sources } };
  },
  async diff(_, olds, news) {
    const difference = compare<ImageContextInputs>(olds, news, ["folder"]);
    return { ...difference, changes: difference.changes || !existsSync(join(olds.folder, "node")) };
  },
  update: async (_, __, news) => (await provider.create(news)).outputs,
  delete: async (_, outputs) => rmSync(outputs.folder, { recursive: true, force: true }),
};

/** Hash of everything that goes into the context but the Node binary, which has its version for that. */
export function contextHash(): string {
  const hash = createHash("sha256")
    .update(process.version)
    .update(readFileSync(join(root, "package-lock.json")));
  for (const folder of [dockerfile, ...ownFiles.map((file) => join(root, file))]) {
    for (const file of filesBelow(folder)) hash.update(relative(root, file)).update(readFileSync(file));
  }
  return hash.digest("hex");
}

/** Hash of the files of one folder: names, modes aside, and contents. */
export function folderHash(folder: string): string {
  const hash = createHash("sha256");
  for (const file of filesBelow(folder)) hash.update(relative(folder, file)).update(readFileSync(file));
  return hash.digest("hex");
}

function filesBelow(path: string): string[] {
  if (!lstatSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}

interface LockedPackage {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** The npm packages that the copied files import: what only provisions is many times their size. */
function importedPackages(): Set<string> {
  const names = ownFiles
    .flatMap((file) => filesBelow(join(root, file)))
    .filter((file) => /[.](ts|mjs)$/.test(file))
    .flatMap((file) => [...readFileSync(file, "utf8").matchAll(/(?:from|import)[ (]+"((?:@[^/"]+[/])?[^./"][^/"]*)/g)])
    .flatMap(([, name]) => name ?? []);
  return new Set(names);
}

/** The folders of the npm packages that scripts need, as package-lock.json names them (node_modules/…). */
function runtimePackages(): string[] {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, LockedPackage>;
  };
  const imported = importedPackages();
  const direct = Object.keys(lock.packages[""]?.dependencies ?? {}).filter((name) => imported.has(name));
  const needed = new Set<string>();
  const visit = (name: string, from: string) => {
    const path = resolveFrom(from, name, lock.packages);
    if (!path || needed.has(path)) return;
    needed.add(path);
    const { dependencies, optionalDependencies } = lock.packages[path] ?? {};
    for (const below of Object.keys({ ...dependencies, ...optionalDependencies })) visit(below, path);
  };
  for (const name of direct) visit(name, "");
  return [...needed].filter((path) => existsSync(join(root, path)));
}

/** As Node looks for a package: beside the one that asks for it, then further and further up. */
function resolveFrom(from: string, name: string, packages: Record<string, LockedPackage>): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    const path = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (packages[path]) return path;
    if (folder === "") return undefined;
  }
}
