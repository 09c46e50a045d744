import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { StackOutputs } from "../../../infra/contract.ts";
import { run } from "../../../machine/run.ts";
import { LandfallError, messageOf } from "../cli/errors.ts";
import { firstLine } from "./env-file.ts";

/** The certificate that the outputs name. @throws {LandfallError} where it cannot be read */
export function readAuthority({ database: { tls } }: StackOutputs): string {
  if (tls.mode === "disable") return "";
  try {
    return readFileSync(tls.caFile, "utf8");
  } catch (error) {
    throw new LandfallError(
      "stack",
      `the certificate of the stack's authority cannot be read: ${messageOf(error)}`,
      "npm run up",
    );
  }
}

/**
 * Writes the file at once and whole, readable by its owner only.
 * @throws {LandfallError} where git would see it, or where the file is there and somebody else wrote it
 */
export async function writeEnvFile(path: string, text: string): Promise<void> {
  if (existsSync(path) && !readFileSync(path, "utf8").startsWith(firstLine)) {
    throw new LandfallError(
      "usage",
      `${path} is there, and npm run env did not write it`,
      "move it away, or name another file with --file",
    );
  }
  if (await isSeenByGit(path)) {
    throw new LandfallError(
      "usage",
      `git would see ${path}, which holds passwords`,
      "name it in .gitignore first, or name another file with --file",
    );
  }
  const beside = `${path}.${process.pid}`;
  try {
    writeFileSync(beside, text, { mode: 0o600, flag: "wx" });
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw new LandfallError("usage", `${path} cannot be written: ${messageOf(error)}`, "name another with --file");
  }
}

/** Not where there is no git, or no repository: then it sees nothing. */
async function isSeenByGit(path: string): Promise<boolean> {
  const git = (...args: string[]) => run("git", ["-C", dirname(path), ...args]).catch(() => null);
  const inside = await git("rev-parse", "--is-inside-work-tree");
  if (inside?.stdout.trim() !== "true") return false;
  const tracked = await git("ls-files", "--error-unmatch", "--", basename(path));
  if (tracked?.code === 0) return true;
  return (await git("check-ignore", "--quiet", "--", basename(path)))?.code !== 0;
}
