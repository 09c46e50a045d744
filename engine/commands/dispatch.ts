import { EngineError, unsupported } from "../errors.ts";
import { breakLocks } from "../state/lock.ts";
import { getConfig, listConfig, removeConfig, setConfig } from "./config.ts";
import { type Flags, parseCommandLine } from "./flags.ts";
import { runOperation } from "./operations.ts";
import { exportStack, importStack, initStack, listStacks, removeStack, showOutputs } from "./stack.ts";
import { openStack } from "./stack-context.ts";

const usage = `The embedded engine knows these commands of the Pulumi CLI:
  up, preview, destroy, refresh
  stack ls | init NAME | rm NAME | output [NAME] | export | import
  config [get KEY | set KEY [VALUE] | rm KEY]
  cancel
What they take and what is left to the CLI is in docs/engine.md.`;

/** What a word of the command line leads to; it is given the words after it. */
type Command = (words: string[], flags: Flags) => unknown;

const stack: Record<string, Command> = {
  ls: (_, flags) => listStacks(flags),
  init: ([name], flags) => initStack(name, flags),
  rm: ([name], flags) => removeStack(name, flags),
  output: ([name], flags) => showOutputs(name, flags),
  export: (_, flags) => exportStack(flags),
  import: (_, flags) => importStack(flags),
};

const config: Record<string, Command> = {
  "": (_, flags) => listConfig(flags),
  get: ([key], flags) => getConfig(needed(key), flags),
  set: ([key, value], flags) => setConfig(needed(key), value, flags),
  rm: ([key], flags) => removeConfig(needed(key), flags),
};

const commands: Record<string, Command> = {
  up: (_, flags) => runOperation("up", flags),
  update: (_, flags) => runOperation("up", flags),
  preview: (_, flags) => runOperation("preview", flags),
  destroy: (_, flags) => runOperation("destroy", flags),
  refresh: (_, flags) => runOperation("refresh", flags),
  stack: ([word = "", ...rest], flags) => commandOf(stack, word, "stack ")(rest, flags),
  config: ([word = "", ...rest], flags) => commandOf(config, word, "config ")(rest, flags),
  cancel: ([name], flags) => cancel(name, flags),
};

/** Runs a command line of the Pulumi CLI. Returns the exit code. */
export async function dispatch(args: string[]): Promise<number> {
  if (args.length === 0 || args.includes("--help") || args.includes("-h")) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const { words, flags } = parseCommandLine(args);
  const [word = "", ...rest] = words;
  const code = await commandOf(commands, word, "")(rest, flags);
  return typeof code === "number" ? code : 0;
}

function commandOf(table: Record<string, Command>, word: string, before: string): Command {
  const command = Object.hasOwn(table, word) ? table[word] : undefined;
  if (!command) throw unsupported(`the command "${`${before}${word}`.trim()}"`);
  return command;
}

function needed(key: string | undefined): string {
  if (key === undefined) throw new EngineError("config needs a key here");
  return key;
}

function cancel(name: string | undefined, flags: Flags): void {
  const context = openStack({ ...flags, stack: name ?? flags.stack });
  if (!flags.yes) throw new EngineError("--yes must be passed in to proceed when running in non-interactive mode");
  const count = breakLocks(context.backend, context.name);
  process.stdout.write(count > 0 ? `The stack's lock has been removed (${count}).\n` : "The stack is not locked.\n");
}
