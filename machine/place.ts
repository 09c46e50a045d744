import type { Account } from "./account.ts";
import { type RunOptions, type RunResult, run } from "./run.ts";

/** Where a program is run: on this machine, or inside a container of this machine's Docker daemon. */
export type Place =
  | { how: "local"; account: Account | null }
  /** Runs as the container's own user. */
  | { how: "container"; container: string };

/** Runs a program in its place, to its end; never throws. Secrets go through `input`, never into arguments. */
export function runAt(
  place: Place,
  program: string,
  args: string[],
  options: Omit<RunOptions, "account"> = {},
): Promise<RunResult> {
  if (place.how === "local") return run(program, args, { ...options, account: place.account });
  const { env, ...rest } = options;
  // Names only: docker takes the values from its own environment, so that they are in no argument.
  const names = Object.keys(env ?? {}).filter((name) => name !== "PATH");
  const passed = names.flatMap((name) => ["--env", name]);
  const command = ["exec", "--interactive", ...passed, place.container, program, ...args];
  return run("docker", command, { ...rest, env: { ...process.env, ...env } });
}
