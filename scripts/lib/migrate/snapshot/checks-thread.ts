import { statSync } from "node:fs";
import { readCatalog } from "../../db/sqlite/catalog.ts";
import { checkForeignKeys } from "../../db/sqlite/foreign-keys.ts";
import { checkIntegrity } from "../../db/sqlite/integrity.ts";
import { openSource } from "../../db/sqlite/open.ts";
import { threadMain } from "../../threads/thread.ts";
import { type Checks, type ChecksInput, stop } from "./checks.ts";

await threadMain<ChecksInput, Checks>(({ file, state }) => {
  const told = new Int32Array(state);
  Atomics.wait(told, 0, 0);
  if (Atomics.load(told, 0) === stop) return { integrity: [], foreignKeyViolations: [] };
  const source = openSource(file);
  try {
    const integrity = checkIntegrity(source, statSync(file).size);
    return { integrity, foreignKeyViolations: checkForeignKeys(source, readCatalog(source)) };
  } finally {
    source.close();
  }
});
