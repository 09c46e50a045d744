#!/usr/bin/env zx
// Runs the benchmark of the migration against other tools: `npm run bench -- --rows 5000000 --runs 3`.
import "./bootstrap/here.mjs";

const { $ } = await import("zx");

const options = process.argv.slice(process.argv.findIndex((argument) => argument.endsWith("bench.mjs")) + 1);
const result = await $({ stdio: "inherit", nothrow: true })`${process.execPath} tests/bench/bench.ts ${options}`;
process.exit(result.exitCode ?? 1);
