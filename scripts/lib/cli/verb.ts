import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, CommanderError, type OptionValues } from "commander";
import { argumentsAfter } from "./arguments.ts";
import { LandfallError } from "./errors.ts";
import { type ExitName, exitCodes } from "./exit-codes.ts";
import { clearBars, createReporter, type Reporter } from "./reporter.ts";

/** What every verb is given besides its own options. */
export interface CommonOptions {
  /** The stack that the verb works on; `local` unless `--stack` names another. */
  stack: string;
  json: boolean;
  dryRun: boolean;
}

/** What a verb gives back: `data` is printed with `--json`, `text` without. `exit` names another end than "ok". */
export interface Outcome {
  data: unknown;
  text: string;
  exit?: ExitName;
  /** Said on stderr where `exit` is not "ok", as the Error: and Try: lines. */
  problem?: { message: string; hint: string };
}

export interface Verb<Options extends OptionValues> {
  /** One sentence for `--help` and the reference. */
  summary: string;
  /** More for `--help`, where there is more to know. */
  details?: string;
  /** Whether the verb changes anything; if so it has `--dry-run`. */
  mutates: boolean;
  /** What to do after a Ctrl-C, for a verb that has more to say of it than that it ended. */
  afterInterrupt?: string;
  /** Adds the verb's own options and arguments; its positional arguments reach `run` as `args`. */
  options?: (command: Command) => unknown;
  run: (options: Options & CommonOptions & { args: string[] }, reporter: Reporter) => Promise<Outcome>;
}

/** Builds the command of a verb: what `--help` prints and the reference is generated from. */
export function commandOf<Options extends OptionValues>(name: string, verb: Verb<Options>): Command {
  const command = new Command(name).description(verb.details ? `${verb.summary}\n\n${verb.details}` : verb.summary);
  verb.options?.(command);
  command.option("-s, --stack <name>", "the stack to work on", "local");
  command.option("--json", "print the result as JSON on stdout", false);
  if (verb.mutates) command.option("--dry-run", "say what would be done, and do nothing", false);
  else command.setOptionValue("dryRun", false);
  return command;
}

/**
 * Runs a verb from its script: parses, calls, prints, exits. The only place that prints errors and sets exit codes.
 * @param script `import.meta` of the script
 */
export async function runVerb<Options extends OptionValues>(script: ImportMeta, verb: Verb<Options>): Promise<never> {
  const file = fileURLToPath(script.url);
  const command = commandOf(basename(file, ".mjs"), verb);
  endOn("SIGINT", verb.afterInterrupt);
  endOn("SIGTERM", verb.afterInterrupt);
  try {
    command.exitOverride().configureOutput({ writeErr: () => {}, outputError: () => {} });
    command.parse(argumentsAfter(file), { from: "user" });
    const options = { ...command.opts<Options & CommonOptions>(), args: command.args };
    const outcome = await verb.run(options, createReporter());
    const output = options.json ? JSON.stringify(outcome.data, jsonValue, 2) : outcome.text;
    if (output !== "") await write(process.stdout, `${output}\n`);
    if (outcome.problem) printProblem(outcome.problem.message, outcome.problem.hint);
    process.exit(exitCodes[outcome.exit ?? "ok"].code);
  } catch (error) {
    process.exit(report(error, command));
  }
}

/** Ends the verb on a signal, unless a step that has something to finish first listens for it too. */
function endOn(signal: NodeJS.Signals, hint: string | undefined): void {
  process.on(signal, () => {
    if (process.listenerCount(signal) > 1) return;
    clearBars();
    if (hint !== undefined) printProblem(`stopped by ${signal}; what is done stays`, hint);
    process.exit(exitCodes.interrupted.code);
  });
}

function report(error: unknown, command: Command): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.ok.code;
    printProblem(error.message.replace(/^error: /, ""), `npm run ${command.name()} -- --help`);
    return exitCodes.usage.code;
  }
  if (error instanceof LandfallError) {
    printProblem(error.message, error.hint);
    return exitCodes[error.code].code;
  }
  const text = error instanceof Error ? error.message : String(error);
  printProblem(
    `unexpected: ${text}`,
    "run it again with LANDFALL_DEBUG=1 for the stack trace, and report it with that output",
  );
  if (process.env.LANDFALL_DEBUG) process.stderr.write(`${error instanceof Error ? error.stack : ""}\n`);
  return exitCodes.internal.code;
}

/** Always exactly two lines, whatever the message holds. */
function printProblem(message: string, hint: string): void {
  const line = (text: string) => text.replaceAll(/\s*\n\s*/g, "; ").trim();
  process.stderr.write(`Error: ${line(message)}\nTry: ${line(hint)}\n`);
}

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => stream.write(text, () => resolve()));
}

const jsonValue = (_: string, value: unknown) => (typeof value === "bigint" ? value.toString() : value);
