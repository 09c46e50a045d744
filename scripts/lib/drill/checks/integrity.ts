import { availableParallelism } from "node:os";
import { join } from "node:path";
import { lastLines, run } from "../../../../machine/run.ts";
import type { PgbackrestPlace } from "../../backup/pgbackrest.ts";
import type { Findings } from "../assertions.ts";
import type { Copy } from "../copy.ts";

/** Group 3, while the copy runs: tables and indexes are sound, and every row of a table is in its indexes. */
export async function checkStructures(findings: Findings, place: PgbackrestPlace, copy: Copy): Promise<void> {
  const { account, serverBin } = place.run;
  await findings.check("integrity: heap and indexes", async () => {
    const args = [
      ...["--host", copy.socket, "--port", String(copy.port), "--username", "postgres", "--no-password"],
      ...["--all", "--heapallindexed", "--install-missing", "--jobs", String(Math.max(2, availableParallelism()))],
    ];
    const result = await run(join(serverBin, "pg_amcheck"), args, { account, env: { ...process.env, LC_ALL: "C" } });
    if (result.code === 0) return "pg_amcheck found nothing, with every row looked up in its indexes";
    const [first = lastLines(result)] = result.stdout.split("\n").filter(Boolean);
    throw new Error(`pg_amcheck: ${first}`);
  });
}
