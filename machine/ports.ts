import { createServer } from "node:net";
import { MachineProblem } from "./problem.ts";

/** Whether a server could listen on the port now. */
export function isFree(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/**
 * Chooses a free port for each name: the wanted one, else the next free one after it, up to 200 further.
 * @param wanted the usual port of each server
 * @param fixed ports that the user named: taken as they are, and an error where one is in use
 */
export async function choosePorts(
  wanted: Record<string, number>,
  fixed: Record<string, number> = {},
): Promise<Record<string, number>> {
  const chosen: Record<string, number> = {};
  for (const [name, port] of Object.entries(fixed)) {
    if (!(await isFree(port))) {
      throw new MachineProblem(
        `port ${port}, which the configuration names for ${name}, is in use`,
        `stop what listens there (ss -ltnp 'sport = :${port}'), or choose another port in the stack's configuration`,
      );
    }
    chosen[name] = port;
  }
  for (const [name, start] of Object.entries(wanted)) {
    chosen[name] ??= await firstFree(name, start, new Set(Object.values(chosen)));
  }
  return chosen;
}

async function firstFree(name: string, start: number, taken: Set<number>): Promise<number> {
  for (let port = start; port < start + 200; port++) {
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new MachineProblem(
    `no port from ${start} to ${start + 199} is free for ${name}`,
    "free one of them and run this again",
  );
}
