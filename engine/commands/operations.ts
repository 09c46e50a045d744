import { createInterface } from "node:readline/promises";
import { eventLog } from "../display/event-log.ts";
import { lineDisplay } from "../display/lines.ts";
import { outputLines, summaryLines, title } from "../display/summary.ts";
import { treeDisplay } from "../display/tree.ts";
import { EngineError } from "../errors.ts";
import type { Listener } from "../run/events.ts";
import { type OperateResult, type Operation, operate, parallelism } from "../run/operate.ts";
import type { Flags } from "./flags.ts";
import { openStack, type StackContext } from "./stack-context.ts";

/** `up`, `preview`, `destroy`, `refresh`. Returns the exit code. */
export async function runOperation(operation: Operation, flags: Flags): Promise<number> {
  const context = openStack(flags);
  const asks = operation !== "preview" && !flags.yes;
  const interactive = process.stdin.isTTY === true && !flags["non-interactive"];
  if (asks && !interactive) {
    throw new EngineError("--yes must be passed in to proceed when running in non-interactive mode");
  }
  if (operation === "up" && !flags["skip-preview"]) {
    const preview = await show("preview", context, flags);
    if (preview.failed) return 1;
  }
  if (asks && !(await confirmed(`Do you want to perform this ${operation}?`))) return 1;
  // The state may have been read for the preview: each operation reads its own.
  const result = await show(operation, openStack(flags), flags);
  return result.failed ? 1 : 0;
}

async function show(operation: Operation, context: StackContext, flags: Flags): Promise<OperateResult> {
  const write = (line: string) => process.stdout.write(`${line}\n`);
  const live = process.stdout.isTTY === true && !flags["non-interactive"] && !flags["suppress-progress"];
  const tree = live ? treeDisplay(process.stdout) : undefined;
  const display = tree?.listener ?? lineDisplay(write);
  const log = flags["event-log"];
  const listeners: Listener[] = [log && process.env.LANDFALL_ERRORS === "in-log" ? withoutErrors(display) : display];
  if (log) listeners.push(eventLog(log));
  const started = Date.now();
  write(title(operation, context.name));
  const result = await operate(context, {
    operation,
    parallel: parallelism(flags.parallel),
    debug: flags.debug,
    policyPacks: flags["policy-pack"],
    listener: (event) => {
      for (const listener of listeners) listener(event);
    },
  }).finally(() => tree?.end());
  if (!flags["suppress-outputs"] && operation !== "destroy")
    for (const line of outputLines(result.outputs)) write(line);
  for (const line of summaryLines(operation, result, (Date.now() - started) / 1000)) write(line);
  return result;
}

/** For a caller that reads the errors in the event log and says them itself: once is enough. */
const withoutErrors =
  (display: Listener): Listener =>
  (event) => {
    const isError =
      (event.kind === "message" && event.severity === "error") ||
      (event.kind === "policy" && event.violation.mandatory);
    if (!isError) display(event);
  };

async function confirmed(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [yes/no] `)).trim());
  } finally {
    terminal.close();
  }
}
