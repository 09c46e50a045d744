import { type Command, InvalidArgumentError, Option } from "commander";

/** Adds an option that takes one of a few words. */
export function choiceOption(
  command: Command,
  flags: string,
  description: string,
  choices: readonly string[],
  otherwise: string,
): Command {
  return command.addOption(new Option(flags, description).choices(choices).default(otherwise));
}

/** Adds an option that takes some of a few words, separated by commas; all of them unless given. */
export function listOption(command: Command, flags: string, description: string, choices: readonly string[]): Command {
  const parse = (text: string) => {
    const names = text.split(",").map((name) => name.trim());
    const unknown = names.filter((name) => !choices.includes(name));
    if (unknown.length > 0)
      throw new InvalidArgumentError(`Allowed are ${choices.join(", ")}, not ${unknown.join(", ")}.`);
    return names;
  };
  const text = `${description}, separated by commas (choices: ${choices.join(", ")})`;
  return command.addOption(new Option(flags, text).argParser(parse).default([...choices], "all"));
}

/** Adds an option that takes a whole number from 1 on. */
export function wholeOption(command: Command, flags: string, description: string, otherwise?: number): Command {
  const parse = (text: string) => {
    if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("It must be a whole number from 1 on.");
    return Number(text);
  };
  return command.addOption(new Option(flags, description).argParser(parse).default(otherwise));
}
