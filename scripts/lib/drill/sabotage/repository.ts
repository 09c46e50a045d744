import { chownSync, cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PgbackrestPlace } from "../../backup/pgbackrest.ts";
import { LandfallError } from "../../cli/errors.ts";

/** A copy of a repository, to be broken. */
export interface RepositoryCopy {
  /** Restores from the copy. */
  place: PgbackrestPlace;
  path: (...parts: string[]) => string;
  undo: () => Promise<void>;
}

/**
 * Copies the repository that a backup is in, and the configuration with the copy as its only repository.
 * @throws {LandfallError} usage where it is not a folder
 */
export async function copyRepository(place: PgbackrestPlace, repository: number): Promise<RepositoryCopy> {
  const source = place.repositories[repository - 1] ?? "";
  if (!source.startsWith("/")) {
    throw new LandfallError(
      "usage",
      `${source} is not a folder: a copy of it cannot be made to break`,
      "drill without --sabotage",
    );
  }
  const { account, scratch } = place.run;
  // Named like a drill's copy, so that what a killed one leaves is removed by the next.
  const folder = join(scratch, `drill-sabotage-${process.pid}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const copy = join(folder, "repository");
  cpSync(source, copy, { recursive: true, verbatimSymlinks: true });
  const config = join(folder, "pgbackrest.conf");
  writeFileSync(config, configFor(readFileSync(place.config, "utf8"), repository, copy, folder), { mode: 0o600 });
  if (account) for (const path of [scratch, folder, ...below(folder)]) chownSync(path, account.uid, account.gid);
  return {
    place: { ...place, config, repositories: [copy] },
    path: (...parts) => join(copy, ...parts),
    undo: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The repository that was copied becomes the first and only one; locks and logs go into the copy's folder. */
function configFor(text: string, repository: number, copy: string, folder: string): string {
  const own = `repo${repository}-`;
  const lines = text.split("\n").flatMap((line) => {
    if (/^repo\d+-/.test(line) && !line.startsWith(own)) return [];
    if (line.startsWith(`${own}path=`)) return [`repo1-path=${copy}`];
    if (/^(lock|log|spool)-path=/.test(line)) return [`${line.split("=")[0]}=${folder}`];
    return [line.startsWith(own) ? line.replace(own, "repo1-") : line];
  });
  return lines.join("\n");
}

function below(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !lstatSync(path).isSymbolicLink());
}

/** Changes one byte of a file, at a share of its length. */
export function flipByte(file: string, share: number): void {
  const content = readFileSync(file);
  const at = Math.min(content.length - 1, Math.floor(content.length * share));
  content[at] = (content[at] ?? 0) ^ 0xff;
  writeFileSync(file, content);
}
