#!/usr/bin/env zx
// Runs the tests: all of them, or the suites that are named.
import "./bootstrap/here.mjs";

const { $ } = await import("zx");

const only = process.argv.slice(process.argv.findIndex((argument) => argument.endsWith("test.mjs")) + 1);
const result = await $({ stdio: "inherit", nothrow: true })`${process.execPath} tests/run.ts ${only}`;
process.exit(result.exitCode ?? 1);
