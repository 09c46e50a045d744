// Loads and finishes, in a process of its own that a test can kill. Its argument is the path of a Job as JSON.
import { readFileSync } from "node:fs";
import { LandfallError } from "../../scripts/lib/cli/errors.ts";
import { exitCodes } from "../../scripts/lib/cli/exit-codes.ts";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { finish } from "../../scripts/lib/migrate/finish/finish.ts";
import { type LoadInput, load } from "../../scripts/lib/migrate/load/load.ts";

try {
  const job = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as LoadInput;
  await load(job, silentReporter);
  await finish(job, silentReporter);
} catch (error) {
  console.error(error);
  process.exit(error instanceof LandfallError ? exitCodes[error.code].code : 1);
}
