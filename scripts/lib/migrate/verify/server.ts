import { LandfallError } from "../../cli/errors.ts";
import type { Connection } from "../../db/postgres/connection.ts";
import { RowHash } from "./values/row-hash.ts";

/** Lengths on both sides of the hash's block of twelve bytes, and letters of two and three bytes. */
const samples = ["", "a", "elf letters", "twelve bytes", "thirteen byte", "ä€ und noch mehr, bis über zwei Blöcke"];

/**
 * Refuses a server whose answers could not be compared: another encoding than UTF-8, or another hash (a big-endian machine
 * reads the words the other way round).
 * @returns the server's version, as "PostgreSQL 15.18"
 */
export async function checkServer(connection: Connection): Promise<string> {
  const { encoding, version } = await connection.one<{ encoding: string; version: string }>(
    "SELECT current_setting('server_encoding') AS encoding, current_setting('server_version') AS version",
  );
  if (encoding !== "UTF8") {
    throw new LandfallError(
      "target",
      `the database is encoded in ${encoding}, and texts can be proven in UTF8 only`,
      "create it with ENCODING 'UTF8' TEMPLATE template0",
    );
  }
  const hash = new RowHash();
  for (const text of samples) {
    const [[there] = []] = await connection.queryTexts(`SELECT hashtextextended($1 COLLATE "C", $2::bigint)`, [
      text,
      hash.value.toString(),
    ]);
    hash.add(text);
    if (there === hash.value.toString()) continue;
    throw new LandfallError(
      "target",
      "the server hashes texts in another way than verification does (a big-endian machine?)",
      "verify on a server that runs on x86-64 or ARM64",
    );
  }
  return `PostgreSQL ${version}`;
}
