#!/usr/bin/env zx
// Runs a stack's jobs on time. Started by the stack itself, not by hand: `npm run up` keeps it running.
const { main } = await import("./lib/schedule/main.ts");
await main(process.argv.slice(2));
