// What `npm test` runs: the set-up, then every suite in turn, then a table. `npm test -- unit engine` runs only those.
import { spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { duration, table } from "../scripts/lib/cli/table.ts";

const root = join(import.meta.dirname, "..");
const script = (...path: string[]) => join(root, "node_modules", ...path);

interface Suite {
  name: string;
  command: string;
  args: string[];
}

const nodeTest = (name: string, pattern: string): Suite => ({
  name,
  command: process.execPath,
  args: ["--test", "--test-concurrency=2", ...globSync(pattern, { cwd: root }).sort()],
});

const folders = ["machine", "infra", "engine", "scripts", "examples", "tests"].filter((name) =>
  existsSync(join(root, name)),
);

const suites: Suite[] = [
  { name: "lint", command: process.execPath, args: [script("@biomejs", "biome", "bin", "biome"), "check", "."] },
  { name: "types", command: process.execPath, args: [script("typescript", "bin", "tsc"), "-p", "."] },
  {
    name: "imports",
    command: process.execPath,
    args: [
      script("dependency-cruiser", "bin", "dependency-cruiser.mjs"),
      "--config",
      ".dependency-cruiser.mjs",
      ...folders,
    ],
  },
  nodeTest("unit", "tests/unit/**/*.test.ts"),
  nodeTest("engine", "tests/engine/**/*.test.ts"),
  nodeTest("providers", "tests/providers/**/*.test.ts"),
  nodeTest("migrate", "tests/migrate/**/*.test.ts"),
  nodeTest("drill", "tests/drill/**/*.test.ts"),
  nodeTest("kill", "tests/kill/**/*.test.ts"),
  nodeTest("faults", "tests/faults/**/*.test.ts"),
  nodeTest("contract", "tests/contract/**/*.test.ts"),
  nodeTest("e2e", "tests/e2e/**/*.test.ts"),
];

/** Long forms of what the suites have in short: only by name. */
const long: Suite[] = [
  nodeTest("mutations", "tests/migrate/verify/mutations.long.ts"),
  nodeTest("random", "tests/migrate/random/random.long.ts"),
];

const wanted = process.argv.slice(2);
const all = [...suites, ...long];
if (wanted.some((name) => name === "--help" || name === "-h")) {
  process.stdout.write(
    `Usage: npm test [-- SUITE ...]\n\nRuns every suite, or those named: ${suites.map(({ name }) => name).join(", ")}.\n` +
      `Only by name, since they are long: ${long.map(({ name }) => name).join(", ")}.\n`,
  );
  process.exit(0);
}
const unknown = wanted.filter((name) => !all.some((suite) => suite.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `Error: no suite ${unknown.join(", ")}\nTry: one of ${all.map(({ name }) => name).join(", ")}\n`,
  );
  process.exit(2);
}

const chosen = wanted.length === 0 ? suites : all.filter(({ name }) => wanted.includes(name));
const needsParts = chosen.some(({ name }) => !["lint", "types", "imports", "unit"].includes(name));
if (needsParts) run({ name: "set-up", command: process.execPath, args: [join("tests", "support", "prepare.ts")] });

const results = chosen.filter(({ args }) => args.length > 2 || args[0] !== "--test").map(run);
process.stdout.write(`\n${table(["suite", "result", ">time"], results)}\n`);
process.exit(results.every(([, result]) => result === "passed") ? 0 : 1);

function run({ name, command, args }: Suite): [string, string, string] {
  process.stdout.write(`\n── ${name}\n`);
  const started = Date.now();
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  return [name, status === 0 ? "passed" : "FAILED", duration(Date.now() - started)];
}
