import type { Connection } from "../../db/postgres/connection.ts";
import { CopyIn } from "../../db/postgres/copy-in.ts";

/** PGCOPY\n\377\r\n\0, no flags, no extension. */
const header = Buffer.from("5047434f50590aff0d0a000000000000000000", "hex");
const trailer = Buffer.from("ffff", "hex");

/** Begins a binary COPY. @throws the server's error */
export async function beginCopy(connection: Connection, sql: string): Promise<CopyIn> {
  const copy = await CopyIn.start(connection, sql);
  await copy.sendLarge(header);
  return copy;
}

/** @returns the rows that the server took @throws the server's error */
export async function endCopy(copy: CopyIn): Promise<number> {
  await copy.sendLarge(trailer);
  return copy.finish();
}
