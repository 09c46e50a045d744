import { setTimeout as sleep } from "node:timers/promises";
import type { PropertyMap } from "../values.ts";
import { ask, type Daemon } from "./daemon.ts";
import { numberOf, objectsOf, textOf, textsOf } from "./inputs.ts";

const keptLogLines = 8;

/** Takes a new container out of the network that Docker put it into, and into those that it is meant for. */
export async function joinNetworks(daemon: Daemon, id: string, inputs: PropertyMap): Promise<void> {
  const networks = objectsOf(inputs.networksAdvanced);
  if (networks.length === 0) return;
  const mode = textOf(inputs.networkMode) ?? "bridge";
  if (mode === "bridge") {
    // Not connected to it is as good.
    await daemon
      .getNetwork("bridge")
      .disconnect({ Container: id, Force: false })
      .catch(() => {});
  }
  for (const network of networks) {
    const address = {
      ...(textOf(network.ipv4Address) ? { IPv4Address: String(network.ipv4Address) } : {}),
      ...(textOf(network.ipv6Address) ? { IPv6Address: String(network.ipv6Address) } : {}),
      ...(network.linkLocalIps ? { LinkLocalIPs: textsOf(network.linkLocalIps) } : {}),
    };
    const endpoint = { Aliases: textsOf(network.aliases), IPAMConfig: address };
    await ask(
      `join the container ${inputs.name} to the network ${network.name}`,
      daemon.getNetwork(String(network.name)).connect({ Container: id, EndpointConfig: endpoint }),
    );
  }
}

/** Starts a container and, with `wait`, waits until its health check says that it does its work. */
export async function start(daemon: Daemon, id: string, inputs: PropertyMap): Promise<void> {
  if (inputs.start === false) return;
  await ask(`start the container ${inputs.name}`, daemon.getContainer(id).start());
  if (inputs.wait === true) await waitUntilHealthy(daemon, id, inputs);
}

async function waitUntilHealthy(daemon: Daemon, id: string, inputs: PropertyMap): Promise<void> {
  const seconds = numberOf(inputs.waitTimeout) ?? 60;
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const { State: state } = await ask(`look at the container ${inputs.name}`, daemon.getContainer(id).inspect());
    if (!state.Health)
      throw new Error(
        `the container ${inputs.name} has no health check to wait for\nTry: give it one, or leave wait away`,
      );
    if (state.Health.Status === "healthy") return;
    const ended = !state.Running && !state.Restarting;
    if (!ended && Date.now() < until) {
      await sleep(250);
      continue;
    }
    const what = ended ? `ended with exit code ${state.ExitCode}` : `is not healthy after ${seconds} s`;
    const said = await lastLog(daemon, id, inputs.tty === true);
    throw new Error(
      [`the container ${inputs.name} ${what}`, ...said].join("\n") +
        `\nTry: docker logs ${inputs.name}, and mend what it says`,
    );
  }
}

/** The last lines of a container's log. */
async function lastLog(daemon: Daemon, id: string, tty: boolean): Promise<string[]> {
  const log = await daemon
    .getContainer(id)
    .logs({ stdout: true, stderr: true, tail: keptLogLines })
    .catch(() => Buffer.alloc(0));
  return (tty ? log : payloadOf(log)).toString("utf8").split("\n").filter(Boolean);
}

/** Without a terminal, Docker puts 8 bytes before each piece of a log: the stream, three zeros, and the length. */
function payloadOf(log: Buffer): Buffer {
  const pieces: Buffer[] = [];
  for (let at = 0; at + 8 <= log.length; ) {
    const end = at + 8 + log.readUInt32BE(at + 4);
    pieces.push(log.subarray(at + 8, end));
    at = end;
  }
  return Buffer.concat(pieces);
}
