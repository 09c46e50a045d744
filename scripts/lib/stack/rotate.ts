import { lastLines } from "../../../machine/run.ts";
import { LandfallError } from "../cli/errors.ts";
import type { Reporter } from "../cli/reporter.ts";
import { chooseEngine, type Engine, type EngineName } from "./engine.ts";
import { ask, ensureStack } from "./pulumi.ts";
import { type StackResult, up } from "./up.ts";

export interface RotationResult extends StackResult {
  generation: number;
}

/** The generation that a stack's passwords are of: 1 before the first rotation. */
export async function passwordGeneration(stack: string, engineName: EngineName): Promise<number> {
  const engine = await chooseEngine(engineName);
  await ensureStack(engine, stack);
  return readGeneration(engine, stack);
}

/**
 * Gives every role a new password. The application's old login goes on working for the configured grace, so nothing has to
 * stop: hand the new connection strings out (npm run env) within that time.
 */
export async function rotatePasswords(
  stack: string,
  engineName: EngineName,
  reporter: Reporter,
): Promise<RotationResult> {
  const engine = await chooseEngine(engineName);
  await ensureStack(engine, stack);
  const generation = (await readGeneration(engine, stack)) + 1;
  await set(engine, stack, "generation", String(generation));
  await set(engine, stack, "rotated_at", new Date().toISOString());
  return { ...(await up(stack, engineName, reporter)), generation };
}

async function readGeneration(engine: Engine, stack: string): Promise<number> {
  const result = await ask(engine, ["config", "get", "--path", "landfall:roles.generation", "--stack", stack]);
  return result.code === 0 ? Number(result.stdout.trim()) : 1;
}

async function set(engine: Engine, stack: string, key: string, value: string): Promise<void> {
  const result = await ask(engine, [
    "config",
    "set",
    "--path",
    `landfall:roles.${key}`,
    value,
    "--plaintext",
    "--stack",
    stack,
  ]);
  if (result.code === 0) return;
  throw new LandfallError(
    "infrastructure",
    `the stack's configuration could not be written: ${lastLines(result)}`,
    `look at stacks/Pulumi.${stack}.yaml`,
  );
}
