import { readCatalog } from "../../db/sqlite/catalog.ts";
import { checkForeignKeys, type ForeignKeyViolations } from "../../db/sqlite/foreign-keys.ts";
import { checkIntegrity } from "../../db/sqlite/integrity.ts";
import { openSource } from "../../db/sqlite/open.ts";
import { threadMain } from "../../threads/thread.ts";

export interface ChecksInput {
  file: string;
  bytes: number;
}

export interface Checks {
  integrity: string[];
  foreignKeyViolations: ForeignKeyViolations[];
}

await threadMain<ChecksInput, Checks>(({ file, bytes }) => {
  const source = openSource(file);
  try {
    const integrity = checkIntegrity(source, bytes);
    return { integrity, foreignKeyViolations: checkForeignKeys(source, readCatalog(source)) };
  } finally {
    source.close();
  }
});
