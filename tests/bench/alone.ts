// The verification by itself, as `npm run verify` does it, of what steps.ts has moved. Prints how many ms it took.
import { readFileSync } from "node:fs";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import type { VerifyInput } from "../../scripts/lib/migrate/verify/input.ts";
import { verify } from "../../scripts/lib/migrate/verify/verify.ts";

const job = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as VerifyInput;
const started = performance.now();
const { equal } = await verify(job, silentReporter);
if (!equal) throw new Error("verification found a difference");
process.stdout.write(String(performance.now() - started));
