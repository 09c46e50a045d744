/** A problem that a user can do something about: printed as one "error:" line, never with a stack trace. */
export class EngineError extends Error {}

/** A plugin that ended while it was asked for something: what it was doing may have been done. */
export class PluginDied extends EngineError {}

/** What this engine leaves to the Pulumi CLI, named as Pulumi's documentation names it. */
export function unsupported(feature: string): EngineError {
  return new EngineError(`${feature}: not supported by the embedded engine\nTry: use the Pulumi CLI for this`);
}

/** The message of whatever was thrown, without the lines of a stack trace. */
export function messageOf(error: unknown): string {
  return withoutStack(error instanceof Error ? error.message : String(error));
}

/** A text without the lines that name places in code: a program and a plugin send them along with their errors. */
export function withoutStack(text: string): string {
  const lines = text
    .split("\n")
    .filter((line) => !/^\s+at .*(:\d+:\d+\)?|<anonymous>\)?|\(native\))$/.test(plain(line)));
  return lines.join("\n").trimEnd();
}

/** A text without terminal colours, in either of the forms in which they reach the engine. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  return text.replaceAll(/\x1b\[[0-9;]*m/g, "").replaceAll(/<\{%[^%]*%\}>/g, "");
}
