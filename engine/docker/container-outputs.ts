import type { ContainerInspectInfo } from "dockerode";
import type { PropertyMap, Value } from "../values.ts";
import { numberOf, objectsOf, textOf } from "./inputs.ts";

const MB = 1024 ** 2;

/** The parts of an inspection that the client library's types leave out. */
type Info = ContainerInspectInfo & {
  Config: { StopSignal?: string; StopTimeout?: number };
  HostConfig: { Init?: boolean; Runtime?: string };
  NetworkSettings: { Bridge?: string };
};

/**
 * The outputs of a container: its inputs, and over them what the daemon says of it. Environment and labels are as they were
 * asked for, because the daemon mixes them with those of the image.
 */
export function containerOutputs(inspected: ContainerInspectInfo, known: PropertyMap): PropertyMap {
  const info = inspected as Info;
  const { Config: config, HostConfig: host, State: state, NetworkSettings: network } = info;
  const image = textOf(known.image) ?? config.Image;
  const outputs: PropertyMap = {
    ...known,
    attach: false,
    bridge: network.Bridge ?? "",
    command: list(config.Cmd),
    containerLogs: null,
    cpuSet: host.CpusetCpus ?? "",
    cpuShares: host.CpuShares ?? 0,
    domainname: config.Domainname,
    entrypoints: list(config.Entrypoint),
    envs: known.envs ?? [],
    exitCode: state.Running ? null : state.ExitCode,
    hostname: config.Hostname,
    image: image.startsWith("sha256:") ? info.Image : config.Image,
    init: host.Init ?? false,
    ipcMode: host.IpcMode ?? "",
    labels: known.labels ?? [],
    logs: false,
    logDriver: host.LogConfig?.Type ?? "",
    maxRetryCount: host.RestartPolicy?.MaximumRetryCount ?? 0,
    memory: (host.Memory ?? 0) / MB,
    memoryReservation: (host.MemoryReservation ?? 0) / MB,
    memorySwap: (host.MemorySwap ?? 0) > 0 ? (host.MemorySwap ?? 0) / MB : (host.MemorySwap ?? 0),
    mustRun: known.mustRun === true && !state.Running ? false : (known.mustRun ?? true),
    name: info.Name.replace(/^\//, ""),
    networkDatas: Object.entries(network.Networks ?? {}).map(([name, endpoint]) => ({
      gateway: endpoint.Gateway,
      globalIpv6Address: endpoint.GlobalIPv6Address,
      globalIpv6PrefixLength: endpoint.GlobalIPv6PrefixLen,
      ipAddress: endpoint.IPAddress,
      ipPrefixLength: endpoint.IPPrefixLen,
      ipv6Gateway: endpoint.IPv6Gateway,
      macAddress: endpoint.MacAddress,
      networkName: name,
    })),
    networkMode: host.NetworkMode ?? "",
    platform: info.Platform,
    privileged: host.Privileged ?? false,
    publishAllPorts: host.PublishAllPorts ?? false,
    readOnly: host.ReadonlyRootfs ?? false,
    restart: host.RestartPolicy?.Name || "no",
    rm: host.AutoRemove ?? false,
    runtime: host.Runtime ?? "",
    securityOpts: host.SecurityOpt ?? [],
    shmSize: (host.ShmSize ?? 0) / MB,
    stdinOpen: config.OpenStdin,
    stopSignal: config.StopSignal ?? "",
    stopTimeout: config.StopTimeout ?? 0,
    tty: config.Tty,
    user: config.User,
    workingDir: config.WorkingDir,
  };
  // A container that does not run has no ports; those that it was given are kept then.
  if (known.ports) outputs.ports = state.Running ? publishedPorts(info, objectsOf(known.ports)) : known.ports;
  return outputs;
}

const list = (value: string | string[] | null | undefined): Value =>
  typeof value === "string" ? [value] : (value ?? []);

/** The ports as asked for, with the number that Docker chose where none was. */
function publishedPorts({ NetworkSettings: { Ports: published } }: Info, wanted: PropertyMap[]): PropertyMap[] {
  return wanted.map((port) => {
    const bindings = published[`${port.internal}/${textOf(port.protocol) ?? "tcp"}`] ?? [];
    const external = numberOf(port.external);
    const binding = bindings.find(({ HostPort }) => !external || HostPort === String(external)) ?? bindings[0];
    return binding ? { ...port, external: Number(binding.HostPort) } : port;
  });
}
