import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Account } from "../../machine/account.ts";

const folders: string[] = [];
// Not a hook of the test runner: those run in the order of their making, and this has to come last.
process.on("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder for one test file, gone when it ends. Short, because sockets are made in it. */
export function temporaryFolder(account: Account | null = null): string {
  const folder = mkdtempSync(join(tmpdir(), "lf-"));
  chmodSync(folder, 0o755);
  if (account) chownSync(folder, account.uid, account.gid);
  folders.push(folder);
  return folder;
}
