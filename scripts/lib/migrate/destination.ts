import type { StackOutputs } from "../../../infra/contract.ts";
import { describeTarget, type Target, targetFromUrl } from "../db/postgres/target.ts";
import { loadStack } from "../stack/outputs.ts";
import { databaseTarget } from "../stack/targets.ts";

/** Where a migration goes: a stack's database, or any PostgreSQL that a URL names. */
export interface Destination {
  target: Target;
  /** For people and for the run's name: the stack, or the URL without its password. */
  name: string;
  /** Null for a URL: then there is no pooler to switch an application to. */
  outputs: StackOutputs | null;
  /** Folder that its runs are kept in; .landfall/runs unless given. */
  runs?: string;
}

/** @throws {LandfallError} where the stack is not up, or the URL cannot be read */
export async function destinationOf(options: { stack: string; target?: string }): Promise<Destination> {
  if (options.target !== undefined) {
    const target = targetFromUrl(options.target);
    return { target, name: describeTarget(target), outputs: null };
  }
  const outputs = await loadStack(options.stack);
  return { target: databaseTarget(outputs, "migrator"), name: options.stack, outputs };
}
