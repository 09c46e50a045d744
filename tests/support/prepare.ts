// Installs what the tests need and this machine lacks, where that is allowed. A suite that still misses something says
// so and skips by name.
import { existsSync } from "node:fs";
import { ensureParts, installPackages } from "../../machine/packages.ts";
import { MachineProblem } from "../../machine/problem.ts";
import { findProgram } from "../../machine/programs.ts";

const say = (text: string) => console.log(text);

/** Debian packages that only tests use: a real SQLite file that nobody here wrote. */
const extras = [{ present: () => existsSync("/usr/share/proj/proj.db"), name: "proj-data" }];

try {
  await ensureParts({ policy: "auto", interactive: true, say });
  const missing = extras.filter(({ present }) => !present()).map(({ name }) => name);
  if (missing.length > 0 && findProgram(["apt-get"])) await installPackages(missing, { interactive: true, say });
} catch (error) {
  if (!(error instanceof MachineProblem)) throw error;
  console.log(`not everything could be installed: ${error.message}\nTry: ${error.hint}`);
}
