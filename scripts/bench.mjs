#!/usr/bin/env zx
// Runs the benchmark of the migration against other tools; with --restore first, that of restores.
import "./bootstrap/here.mjs";

const { $ } = await import("zx");
const { argumentsAfter } = await import("./lib/cli/arguments.ts");

const args = argumentsAfter("bench.mjs");
const restore = args[0] === "--restore";
const file = restore ? "tests/bench/restore.bench.ts" : "tests/bench/bench.ts";
const result = await $({
  stdio: "inherit",
  nothrow: true,
})`${process.execPath} ${file} ${restore ? args.slice(1) : args}`;
process.exit(result.exitCode ?? 1);
