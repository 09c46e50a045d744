#!/usr/bin/env zx
// The older name of `drill`.
process.argv = process.argv.map((argument) => argument.replace(/restore-drill\.mjs$/, "drill.mjs"));
await import("./drill.mjs");
