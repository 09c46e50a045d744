import type { Connection } from "../../db/postgres/connection.ts";
import { CopyIn } from "../../db/postgres/copy-in.ts";
import { copySql, type TableShape } from "./shape.ts";

/** PGCOPY\n\377\r\n\0, no flags, no extension. */
const header = Buffer.from("5047434f50590aff0d0a000000000000000000", "hex");
const trailer = Buffer.from("ffff", "hex");

/** Begins the COPY of a table. @throws the server's error */
export async function beginCopy(connection: Connection, shape: TableShape): Promise<CopyIn> {
  const copy = await CopyIn.start(connection, copySql(shape));
  if (!shape.textual) await copy.sendLarge(header);
  return copy;
}

/** @returns the rows that the server took @throws the server's error */
export async function endCopy(copy: CopyIn, { textual }: TableShape): Promise<number> {
  if (!textual) await copy.sendLarge(trailer);
  return copy.finish();
}
