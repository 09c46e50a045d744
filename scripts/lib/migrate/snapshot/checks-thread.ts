import { statSync } from "node:fs";
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
    return { integrity, foreignKeyViolations: checkForeignKeys(source, readCatalog(source)) };
  } finally {
    source.close();
  }
});
