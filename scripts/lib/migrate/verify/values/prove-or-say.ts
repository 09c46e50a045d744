import { LandfallError } from "../../../cli/errors.ts";
import type { Connection } from "../../../db/postgres/connection.ts";
import { isServerError } from "../../../db/postgres/errors.ts";
import { proveTable, type QuarantineDigest, type TableCase, type TableResult } from "./prove.ts";
import type { Readers } from "./readers.ts";
import type { SourceDigest } from "./tasks.ts";

/**
 * Proves a table; where the target's table cannot even be read in the plan's way (it is gone, a column has another name or a
 * type that has no such form), that is the difference. Inside a transaction.
 */
export async function proveOrSay(
  table: TableCase,
  first: Promise<SourceDigest>,
  quarantine: QuarantineDigest,
  readers: Readers,
  connection: Connection,
): Promise<TableResult> {
  await connection.query("SAVEPOINT this_table");
  try {
    return await proveTable(table, first, quarantine, readers, connection);
  } catch (error) {
    const cause = error instanceof LandfallError ? error.cause : error;
    // Class 42: what the statement names is not there, or not what it takes it for.
    if (!isServerError(cause) || !cause.code.startsWith("42") || cause.code === "42501") throw error;
    await connection.query("ROLLBACK TO this_table");
    return unreadable(table, quarantine, cause.message);
  }
}

function unreadable({ plan }: TableCase, quarantine: QuarantineDigest, message: string): TableResult {
  const text = `${plan.source}: its rows cannot be compared: ${message}`;
  return {
    proof: {
      source: plan.source,
      target: plan.target,
      rows: 0,
      values: 0,
      quarantined: quarantine.rows,
      digest: "0",
      equal: false,
    },
    differences: [{ kind: "schema", table: plan.source, key: null, column: null, source: null, target: null, text }],
    complete: false,
    targetRows: 0,
  };
}
