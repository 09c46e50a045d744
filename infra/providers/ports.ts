import { choosePorts } from "../../machine/ports.ts";
import { compare, type Provider } from "./provider.ts";

interface PortsInputs {
  /** The usual port of each server: taken if free, else the next free one after it. */
  wanted: Record<string, number>;
  /** Ports that the stack's configuration names: taken as they are. */
  fixed: Record<string, number>;
}

interface PortsOutputs extends PortsInputs {
  /** What was chosen, once; it stays when the same numbers are wanted again. */
  chosen: Record<string, number>;
}

export const provider: Provider<PortsInputs, PortsOutputs> = {
  create: async (inputs) => ({
    id: "ports",
    outputs: { ...inputs, chosen: await choosePorts(inputs.wanted, inputs.fixed) },
  }),
  diff: async (_, olds, news) => compare(olds, news),
  async update(_, olds, news) {
    // Our own servers listen on the ports chosen before, so only what is new or newly fixed is looked for.
    const fixed = pick(news.fixed, (name, port) => olds.chosen[name] !== port);
    const wanted = pick(news.wanted, (name) => olds.chosen[name] === undefined && news.fixed[name] === undefined);
    const kept = pick(olds.chosen, (name) => name in news.wanted || name in news.fixed);
    return { ...news, chosen: { ...kept, ...(await choosePorts(wanted, fixed)) } };
  },
  delete: async () => {},
};

function pick(ports: Record<string, number>, keep: (name: string, port: number) => boolean): Record<string, number> {
  return Object.fromEntries(Object.entries(ports).filter(([name, port]) => keep(name, port)));
}
