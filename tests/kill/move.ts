// Loads, finishes and proves, as `migrate` does, in a process of its own that a test can kill. Its argument is the path of a Job as JSON.
import { readFileSync } from "node:fs";
import { LandfallError } from "../../scripts/lib/cli/errors.ts";
import { exitCodes } from "../../scripts/lib/cli/exit-codes.ts";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { planAfter } from "../../scripts/lib/migrate/aftermath.ts";
import { finish } from "../../scripts/lib/migrate/finish/finish.ts";
import { type LoadInput, load } from "../../scripts/lib/migrate/load/load.ts";
import { RowsProof } from "../../scripts/lib/migrate/verify/rows.ts";
import { verify } from "../../scripts/lib/migrate/verify/verify.ts";

const rows = new RowsProof(silentReporter);
try {
  const { profile, ...job } = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as LoadInput;
  const known = profile ? { profile } : {};
  rows.readSource({ ...job, ...known });
  await load({ ...job, profile }, silentReporter);
  const finished = await finish(job, silentReporter, () => rows.readTarget());
  const plan = planAfter(job.plan, finished, false);
  const { equal, checks } = await verify({ ...job, ...known, plan }, silentReporter, rows);
  if (!equal) throw new Error(`not equal: ${JSON.stringify(checks.filter(({ passed }) => !passed))}`);
} catch (error) {
  await rows.end();
  console.error(error);
  process.exit(error instanceof LandfallError ? exitCodes[error.code].code : 1);
}
