import { readFileSync } from "node:fs";
import { parseStackOutputs, type StackOutputs } from "../../../infra/contract.ts";
import { lastLines } from "../../../machine/run.ts";
import { LandfallError, messageOf } from "../cli/errors.ts";
import { chooseEngine } from "./engine.ts";
import { ask, explain, requireConfigured } from "./pulumi.ts";

/**
 * What a stack gives to scripts. LANDFALL_OUTPUTS may name a file that holds it: the scheduler's jobs are started that way,
 * without engine and passphrase.
 * @throws {LandfallError} where the stack does not exist, is not up, or its passphrase is wrong
 */
export async function loadStack(stack: string): Promise<StackOutputs> {
  const file = process.env.LANDFALL_OUTPUTS;
  if (file) return check(JSON.parse(readFileSync(file, "utf8")), stack);
  const outputs = await readOutputs(stack);
  if (outputs) return outputs;
  throw new LandfallError("stack", `the stack ${stack} is not up`, `npm run up -- --stack ${stack}`);
}

/** The same, but null where the stack is not up. */
export async function readOutputs(stack: string): Promise<StackOutputs | null> {
  requireConfigured(stack);
  const engine = await chooseEngine("auto");
  const result = await ask(engine, ["stack", "output", "--json", "--show-secrets", "--stack", stack]);
  if (result.code !== 0) {
    if (/no stack named/i.test(result.stderr)) return null;
    throw explain(lastLines(result, 6), stack);
  }
  const values = JSON.parse(result.stdout || "{}") as Record<string, unknown>;
  return Object.keys(values).length === 0 ? null : check(values, stack);
}

function check(values: unknown, stack: string): StackOutputs {
  try {
    return parseStackOutputs(values);
  } catch (error) {
    throw new LandfallError(
      "stack",
      `the outputs of the stack ${stack} are not what this version knows: ${messageOf(error)}`,
      `npm run up -- --stack ${stack}`,
      { cause: error },
    );
  }
}
