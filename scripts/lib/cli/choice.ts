import { type Command, Option } from "commander";

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
