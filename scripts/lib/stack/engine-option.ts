import type { Command } from "commander";
import { choiceOption } from "../cli/choice.ts";
import { type EngineName, engineNames } from "./engine.ts";

/** Adds `--engine` to a verb that runs the Pulumi program. */
export function engineOption(command: Command): Command {
  const otherwise = process.env.LANDFALL_ENGINE ?? "auto";
  return choiceOption(command, "--engine <name>", "which engine runs the Pulumi program", engineNames, otherwise);
}

export interface EngineOption {
  engine: EngineName;
}
