import { connect } from "node:net";
import type { StackOutputs } from "../../../infra/contract.ts";
import { table } from "../cli/table.ts";

export interface StackStatus {
  stack: string;
  target: StackOutputs["target"];
  parts: (StackOutputs["parts"][number] & { answers: boolean })[];
}

/** Asks every part of a stack whether it answers. */
export async function stackStatus(outputs: StackOutputs): Promise<StackStatus> {
  const parts = await Promise.all(
    outputs.parts.map(async (part) => ({ ...part, answers: await answers(part.address) })),
  );
  return { stack: outputs.stack, target: outputs.target, parts };
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
