import { createHash } from "node:crypto";
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { readCatalog } from "../../db/sqlite/catalog.ts";
import { checkForeignKeys } from "../../db/sqlite/foreign-keys.ts";
import { checkIntegrity } from "../../db/sqlite/integrity.ts";
import { openSource } from "../../db/sqlite/open.ts";
import { threadMain } from "../../threads/thread.ts";
import type { Checks, ChecksInput } from "./checks.ts";

await threadMain<ChecksInput, Checks>(({ file }) => {
  const source = openSource(file);
  try {
    const integrity = checkIntegrity(source, statSync(file).size);
    const foreignKeyViolations = checkForeignKeys(source, readCatalog(source));
    // Here, so that the profile has the other core.
    return { sha256: hashFile(file), integrity, foreignKeyViolations };
  } finally {
    source.close();
  }
});

function hashFile(file: string): string {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafeSlow(1 << 20);
  const descriptor = openSync(file, "r");
  try {
    for (;;) {
      const length = readSync(descriptor, buffer);
      if (length === 0) return hash.digest("hex");
      hash.update(buffer.subarray(0, length));
    }
  } finally {
    closeSync(descriptor);
  }
}
