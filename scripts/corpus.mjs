#!/usr/bin/env zx
// Runs the whole pipeline on every SQLite file of a folder.
import "./bootstrap/here.mjs";

const { $ } = await import("zx");
const { argumentsAfter } = await import("./lib/cli/arguments.ts");

const args = argumentsAfter("corpus.mjs");
const result = await $({ stdio: "inherit", nothrow: true })`${process.execPath} tests/corpus/main.ts ${args}`;
process.exit(result.exitCode ?? 1);
