#!/usr/bin/env node
// The embedded engine: runs a Pulumi program where no Pulumi CLI can be had. Its commands and flags are the CLI's.
import { dispatch } from "./commands/dispatch.ts";
import { messageOf } from "./errors.ts";

/** What nobody foresaw is told like the rest: in one line, without places in code unless they are asked for. */
function fail(error: unknown): void {
  process.stderr.write(`error: ${messageOf(error)}\n`);
  if (process.env.LANDFALL_TRACE) console.error(error);
}

for (const event of ["uncaughtException", "unhandledRejection"] as const) {
  process.on(event, (error) => {
    fail(error);
    process.exit(255);
  });
}

try {
  process.exitCode = await dispatch(process.argv.slice(2));
} catch (error) {
  fail(error);
  process.exitCode = 255;
}
