#!/usr/bin/env zx
// Runs the benchmark of the migration against other tools: `npm run bench -- --rows 5000000 --runs 3`; with --restore first,
// that of restores.
import "./bootstrap/here.mjs";

const { $ } = await import("zx");

const options = process.argv.slice(process.argv.findIndex((argument) => argument.endsWith("bench.mjs")) + 1);
const restore = options[0] === "--restore";
const file = restore ? "tests/bench/restore.bench.ts" : "tests/bench/bench.ts";
const result = await $({
  stdio: "inherit",
  nothrow: true,
})`${process.execPath} ${file} ${restore ? options.slice(1) : options}`;
process.exit(result.exitCode ?? 1);
