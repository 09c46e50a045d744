import type { CopyFrame } from "../../../db/postgres/copy-in.ts";
import type { StoredRow } from "../../../db/sqlite-pages/stored-row.ts";

/**
 * Writes one field of a row, as it stands in the file, in PostgreSQL's binary form, its length first, at the frame's position and
 * moves that on. NULL does not come here.
 * @returns false where it is not plain: the row is then read through SQLite and encoded by the conversions proper
 */
export type EncodeStored = (row: StoredRow, field: number, frame: CopyFrame) => boolean;
