import { setTimeout as sleep } from "node:timers/promises";
import type { NetworkCreateOptions, NetworkInspectInfo } from "dockerode";
import type { PropertyMap } from "../values.ts";
import { ask, askFor, type Daemon, statusOf } from "./daemon.ts";
import { flag, labels, map, objects, text } from "./fields.ts";
import { flagOf, labelPairs, labelsOf, mapOf, objectsOf, textOf } from "./inputs.ts";
import type { Made, ResourceKind } from "./kind.ts";

const removalTimeoutMs = 30_000;

/** docker:index/network:Network */
export const network: ResourceKind = {
  fields: {
    attachable: flag({ replaces: true }),
    driver: text({ replaces: true, computed: true }),
    ingress: flag({ replaces: true }),
    internal: flag({ replaces: true, computed: true }),
    ipamConfigs: objects(
      { auxAddress: map(), gateway: text(), ipRange: text(), subnet: text() },
      { replaces: true, computed: true, set: true },
    ),
    ipamDriver: text({ replaces: true, otherwise: "default" }),
    ipamOptions: map({ replaces: true }),
    ipv6: flag({ replaces: true }),
    labels: labels({ replaces: true }),
    name: text({ replaces: true }),
    options: map({ replaces: true, computed: true }),
  },
  notServed: [],
  computed: ["driver", "internal", "ipamConfigs", "options", "scope"],
  autoName: true,
  meta: '{"schema_version":"1"}',
  deleteFirst: false,

  async create(daemon, inputs) {
    const name = String(inputs.name);
    const left = (await findByName(daemon, name)).find((other) => isUnused(other) && isLike(other, inputs));
    // A run that was ended between making a network and noting it leaves one behind. It holds nothing: it is taken over.
    const { id } = left
      ? { id: left.Id }
      : await ask(`make the network ${name}`, daemon.createNetwork(optionsOf(inputs)));
    return { id, outputs: (await read(daemon, id))?.outputs ?? inputs };
  },

  read,

  // Every field of a network takes a new one.
  update: async (_, __, ___, news) => news,

  async delete(daemon, id) {
    const until = Date.now() + removalTimeoutMs;
    for (;;) {
      try {
        await askFor(`remove the network ${id}`, daemon.getNetwork(id).remove());
        return;
      } catch (error) {
        // Docker lets go of a container's endpoint a moment after the container itself is gone.
        const isBusy = statusOf(error) === 403 || /active endpoints/.test((error as Error).message);
        if (!isBusy || Date.now() > until) throw error;
        await sleep(250);
      }
    }
  },
};

function optionsOf(inputs: PropertyMap): NetworkCreateOptions {
  const config = objectsOf(inputs.ipamConfigs).map(({ subnet, ipRange, gateway, auxAddress }) => ({
    ...(textOf(subnet) ? { Subnet: String(subnet) } : {}),
    ...(textOf(ipRange) ? { IPRange: String(ipRange) } : {}),
    ...(textOf(gateway) ? { Gateway: String(gateway) } : {}),
    ...(auxAddress ? { AuxiliaryAddresses: mapOf(auxAddress) } : {}),
  }));
  return {
    Name: String(inputs.name),
    // Docker itself allows two networks of one name, and then no container can be told which.
    CheckDuplicate: true,
    Driver: textOf(inputs.driver) ?? "bridge",
    Internal: flagOf(inputs.internal),
    Attachable: flagOf(inputs.attachable),
    Ingress: flagOf(inputs.ingress),
    EnableIPv6: flagOf(inputs.ipv6),
    Options: mapOf(inputs.options),
    Labels: labelsOf(inputs.labels),
    IPAM: { Driver: textOf(inputs.ipamDriver) ?? "default", Config: config, Options: mapOf(inputs.ipamOptions) },
  };
}

async function read(daemon: Daemon, id: string): Promise<Made | null> {
  const info = await askFor(`look at the network ${id}`, daemon.getNetwork(id).inspect());
  return info ? { id: info.Id, outputs: outputsOf(info) } : null;
}

function outputsOf(info: NetworkInspectInfo): PropertyMap {
  const configs = (info.IPAM?.Config ?? []).map((config) => ({
    ...(config.AuxiliaryAddresses ? { auxAddress: config.AuxiliaryAddresses } : {}),
    ...(config.Gateway ? { gateway: config.Gateway } : {}),
    ...(config.IPRange ? { ipRange: config.IPRange } : {}),
    ...(config.Subnet ? { subnet: config.Subnet } : {}),
  })) as PropertyMap[];
  return {
    attachable: info.Attachable,
    driver: info.Driver,
    ingress: info.Ingress ?? false,
    internal: info.Internal,
    ipamConfigs: configs,
    ipamDriver: info.IPAM?.Driver ?? "default",
    ipamOptions: info.IPAM?.Options ?? null,
    ipv6: info.EnableIPv6,
    labels: labelPairs(info.Labels),
    name: info.Name,
    options: info.Options ?? {},
    scope: info.Scope,
  };
}

async function findByName(daemon: Daemon, name: string): Promise<NetworkInspectInfo[]> {
  const listed = await ask("list networks", daemon.listNetworks({ filters: JSON.stringify({ name: [name] }) }));
  const same = listed.filter((info) => info.Name === name);
  const details = same.map(({ Id }) => askFor(`look at the network ${Id}`, daemon.getNetwork(Id).inspect()));
  return (await Promise.all(details)).filter((info) => info !== undefined);
}

const isUnused = (info: NetworkInspectInfo) => Object.keys(info.Containers ?? {}).length === 0;

function isLike(info: NetworkInspectInfo, inputs: PropertyMap): boolean {
  const wanted = optionsOf(inputs);
  const alike = (a: object | undefined, b: object | undefined) => JSON.stringify(a ?? {}) === JSON.stringify(b ?? {});
  return (
    info.Driver === wanted.Driver &&
    info.Internal === wanted.Internal &&
    info.EnableIPv6 === wanted.EnableIPv6 &&
    objectsOf(inputs.ipamConfigs).length === 0 &&
    alike(info.Labels, wanted.Labels) &&
    alike(info.Options, wanted.Options)
  );
}
