import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import imported from "@balena/dockerignore";
import { pack } from "tar-fs";

// CommonJS with a default export of its own.
const { default: dockerIgnore } = imported;

/**
 * A build context as the daemon takes it: the folder's files as an archive, less what `.dockerignore` names. (The client
 * library can pack a folder too, but passes files that `.dockerignore` names within it.)
 * @param dockerfile always part of it, relative to the folder
 */
export function packContext(folder: string, dockerfile: string): NodeJS.ReadableStream {
  const entries = contextEntries(folder, dockerfile);
  // Owned by nobody's account of this machine, so that layers are the same wherever they are built.
  const map = <T extends { uid?: number; gid?: number }>(header: T) => Object.assign(header, { uid: 0, gid: 0 });
  return pack(folder, { entries, map }) as unknown as NodeJS.ReadableStream;
}

/** The files of a context, and its empty folders, relative to it. */
export function contextEntries(folder: string, dockerfile: string): string[] {
  const file = join(folder, ".dockerignore");
  const patterns = existsSync(file) ? readFileSync(file, "utf8") : "";
  const ignored = dockerIgnore({ ignorecase: false }).add(patterns);
  // Walked in full, not pruned at ignored folders: a later line may take a file inside back in.
  const found = readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => ({
    path: relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"),
    isFolder: entry.isDirectory(),
  }));
  const folders = new Set(
    found.flatMap(({ path }) => (path.includes("/") ? [path.slice(0, path.lastIndexOf("/"))] : [])),
  );
  return found
    .filter(({ path, isFolder }) => !isFolder || !folders.has(path))
    .map(({ path }) => path)
    .filter((path) => path === dockerfile || !ignored.ignores(path))
    .sort();
}
