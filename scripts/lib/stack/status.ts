import { connect } from "node:net";
import type { StackOutputs } from "../../../infra/contract.ts";
import { run } from "../../../machine/run.ts";
import { cutShort, cutShortScript, isCutShort } from "../backup/restore/cut-short.ts";
import { table } from "../cli/table.ts";

export interface StackStatus {
  stack: string;
  target: StackOutputs["target"];
  parts: (StackOutputs["parts"][number] & { answers: boolean })[];
  /** Whether a restore in place was killed before its end: only the same restore mends that. */
  restoreCutShort: boolean;
}

/** Asks every part of a stack whether it answers. */
export async function stackStatus(outputs: StackOutputs): Promise<StackStatus> {
  const ask = (address: string) => (isOfThisMachine(address) ? answers(address) : answersInside(outputs, address));
  const parts = await Promise.all(outputs.parts.map(async (part) => ({ ...part, answers: await ask(part.address) })));
  return { stack: outputs.stack, target: outputs.target, parts, restoreCutShort: await restoreCutShort(outputs) };
}

/** What to say where something does not answer, and to do; null where all does. */
export function statusProblem({
  stack,
  parts,
  restoreCutShort,
}: StackStatus): { message: string; hint: string } | null {
  if (restoreCutShort) return cutShort(stack);
  const down = parts.filter((part) => !part.answers).map((part) => part.name);
  return down.length > 0
    ? { message: `${down.join(", ")} does not answer`, hint: `npm run up -- --stack ${stack}` }
    : null;
}

/** Asked where the records are: on this machine, or in the container that has them. */
export async function restoreCutShort({ backup }: StackOutputs): Promise<boolean> {
  if (backup.kind !== "pgbackrest") return false;
  if (backup.run.how === "local") return isCutShort(backup.records);
  const ask = ["exec", backup.run.container, "sh", "-c", cutShortScript, backup.records];
  return (await run("docker", ask, { timeoutMs: 20_000 })).code === 0;
}

const isOfThisMachine = (address: string) => /^(localhost|[\d.]+):\d+$/.test(address);

/** Where a port is not published, its address has a meaning inside the containers only: one of them asks. */
async function answersInside({ backup }: StackOutputs, address: string): Promise<boolean> {
  if (backup.kind !== "pgbackrest" || backup.run.how === "local") return answers(address);
  const probe =
    "const [host, port] = process.argv[1].split(':'); const s = require('net').connect(port, host, () => process.exit(0)); s.on('error', () => process.exit(1)); s.setTimeout(3000, () => process.exit(1));";
  const { container, node } = backup.run;
  return (await run("docker", ["exec", container, node, "-e", probe, address], { timeoutMs: 20_000 })).code === 0;
}

function answers(address: string): Promise<boolean> {
  const [host, port] = address.split(":");
  return new Promise((resolve) => {
    const socket = connect({ host: host ?? "", port: Number(port) });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(3000, () => end(false));
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}

export function statusTable(status: StackStatus): string {
  return table(
    ["part", "state", "what", "address", "log"],
    status.parts.map((part) => [part.name, part.answers ? "answers" : "DOWN", part.what, part.address, part.log]),
  );
}
