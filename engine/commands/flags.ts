import { parseArgs } from "node:util";
import { EngineError, messageOf, unsupported } from "../errors.ts";

/** The flags that the commands here share with the Pulumi CLI. */
export interface Flags {
  stack?: string;
  cwd?: string;
  yes?: boolean;
  "skip-preview"?: boolean;
  "non-interactive"?: boolean;
  "event-log"?: string;
  "suppress-outputs"?: boolean;
  "suppress-progress"?: boolean;
  parallel?: string;
  debug?: boolean;
  json?: boolean;
  "show-secrets"?: boolean;
  "no-select"?: boolean;
  secret?: boolean;
  plaintext?: boolean;
  path?: boolean;
  force?: boolean;
  file?: string;
  "policy-pack"?: string[];
}

const options = {
  stack: { type: "string", short: "s" },
  cwd: { type: "string", short: "C" },
  yes: { type: "boolean", short: "y" },
  "skip-preview": { type: "boolean", short: "f" },
  "non-interactive": { type: "boolean" },
  "event-log": { type: "string" },
  "suppress-outputs": { type: "boolean" },
  "suppress-progress": { type: "boolean" },
  parallel: { type: "string", short: "p" },
  debug: { type: "boolean", short: "d" },
  json: { type: "boolean", short: "j" },
  "show-secrets": { type: "boolean" },
  "no-select": { type: "boolean" },
  secret: { type: "boolean" },
  plaintext: { type: "boolean" },
  path: { type: "boolean" },
  force: { type: "boolean" },
  file: { type: "string" },
  "policy-pack": { type: "string", multiple: true },
  // Taken and without effect here.
  color: { type: "string" },
  message: { type: "string", short: "m" },
  diff: { type: "boolean" },
  logtostderr: { type: "boolean" },
  verbose: { type: "string", short: "v" },
} as const;

export interface CommandLine {
  /** The words that are no flags. */
  words: string[];
  flags: Flags;
}

export function parseCommandLine(args: string[]): CommandLine {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true, strict: true });
    return { words: positionals, flags: values as Flags };
  } catch (error) {
    const unknown = messageOf(error).match(/Unknown option '(--?[\w-]+)'/)?.[1];
    if (unknown) throw unsupported(`the flag ${unknown}`);
    throw new EngineError(messageOf(error).split(". ")[0] ?? "");
  }
}
