import type { Reporter } from "../../cli/reporter.ts";
import { readCatalog } from "../../db/catalog.ts";
import { fingerprint, listTables } from "../../db/fingerprint.ts";
import type { Connection } from "../../db/postgres/connection.ts";
import type { Content } from "../source.ts";

/** Reads all rows and the catalog, as the connection's transaction sees them. */
export async function readContent(connection: Connection, title: string, reporter: Reporter): Promise<Content> {
  const bar = reporter.progress(title, (await listTables(connection)).length, "tables");
  try {
    const rows = await fingerprint(connection, (done) => bar.update(done));
    return { rows, catalog: await readCatalog(connection) };
  } finally {
    bar.done();
  }
}
