#!/usr/bin/env node
// The embedded engine: runs a Pulumi program where no Pulumi CLI can be had. Its commands and flags are the CLI's.
import { dispatch } from "./commands/dispatch.ts";
import { messageOf } from "./errors.ts";

try {
  process.exitCode = await dispatch(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`error: ${messageOf(error)}\n`);
  if (process.env.PULUMI_DEBUG_COMMANDS && process.env.LANDFALL_TRACE) console.error(error);
  process.exitCode = 255;
}
