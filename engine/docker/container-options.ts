import type { ContainerCreateOptions, HostConfig } from "dockerode";
import type { PropertyMap } from "../values.ts";
import { flagOf, labelsOf, mapOf, numberOf, objectOf, objectsOf, textOf, textsOf } from "./inputs.ts";

const MB = 1024 ** 2;

/** The label by which a container is known again that a run made and, being ended, could not note. */
export const urnLabel = "pulumi.urn";

/** What the daemon is asked for. Networks are joined, and files written, once the container is there. */
export function createOptions(inputs: PropertyMap, urn: string): ContainerCreateOptions {
  const ports = objectsOf(inputs.ports);
  return defined({
    name: String(inputs.name),
    Image: String(inputs.image),
    Hostname: textOf(inputs.hostname),
    Domainname: textOf(inputs.domainname),
    User: textOf(inputs.user),
    WorkingDir: textOf(inputs.workingDir),
    Env: textsOf(inputs.envs),
    Cmd: inputs.command ? textsOf(inputs.command) : undefined,
    Entrypoint: inputs.entrypoints ? textsOf(inputs.entrypoints) : undefined,
    Labels: { ...labelsOf(inputs.labels), [urnLabel]: urn },
    Tty: flagOf(inputs.tty),
    OpenStdin: flagOf(inputs.stdinOpen),
    StopSignal: textOf(inputs.stopSignal),
    StopTimeout: numberOf(inputs.stopTimeout),
    Healthcheck: inputs.healthcheck ? healthcheckOf(objectOf(inputs.healthcheck)) : undefined,
    ExposedPorts: Object.fromEntries(ports.map((port) => [portKey(port), {}])),
    Volumes: anonymousVolumes(inputs),
    HostConfig: hostConfig(inputs),
  }) as ContainerCreateOptions;
}

/** Docker takes an absent value for its default, and an explicit null not always. */
const defined = <T extends object>(value: T) =>
  Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined));

function hostConfig(inputs: PropertyMap): HostConfig {
  const capabilities = objectOf(inputs.capabilities);
  return defined({
    Privileged: flagOf(inputs.privileged),
    PublishAllPorts: flagOf(inputs.publishAllPorts),
    RestartPolicy: restartPolicy(inputs),
    Runtime: textOf(inputs.runtime),
    AutoRemove: flagOf(inputs.rm),
    ReadonlyRootfs: flagOf(inputs.readOnly),
    Init: flagOf(inputs.init),
    Tmpfs: inputs.tmpfs ? mapOf(inputs.tmpfs) : undefined,
    PortBindings: portBindings(inputs),
    Binds: binds(inputs),
    VolumesFrom: objectsOf(inputs.volumes).flatMap(({ fromContainer }) => textOf(fromContainer) || []),
    ExtraHosts: objectsOf(inputs.hosts).map(({ host, ip }) => `${host}:${ip}`),
    Ulimits: objectsOf(inputs.ulimits).map(({ name, soft, hard }) => ({
      Name: String(name),
      Soft: Number(soft),
      Hard: Number(hard),
    })),
    CapAdd: textsOf(capabilities.adds),
    CapDrop: textsOf(capabilities.drops),
    SecurityOpt: textsOf(inputs.securityOpts),
    GroupAdd: textsOf(inputs.groupAdds),
    Dns: textsOf(inputs.dns),
    DnsOptions: textsOf(inputs.dnsOpts),
    DnsSearch: textsOf(inputs.dnsSearches),
    Sysctls: inputs.sysctls ? mapOf(inputs.sysctls) : undefined,
    IpcMode: textOf(inputs.ipcMode),
    PidMode: textOf(inputs.pidMode),
    UsernsMode: textOf(inputs.usernsMode),
    NetworkMode: textOf(inputs.networkMode),
    LogConfig: inputs.logDriver ? { Type: String(inputs.logDriver), Config: mapOf(inputs.logOpts) } : undefined,
    ShmSize: inMB(inputs.shmSize),
    NanoCpus: inputs.cpus ? Math.round(Number(inputs.cpus) * 1e9) : undefined,
    ...limits(inputs),
  }) as HostConfig;
}

/** The limits that a running container can be given anew. */
export function limits(inputs: PropertyMap): Record<string, number | string> {
  const swap = numberOf(inputs.memorySwap);
  return defined({
    Memory: inMB(inputs.memory),
    MemoryReservation: inMB(inputs.memoryReservation),
    // -1 is unlimited, 0 unset.
    MemorySwap: swap === undefined || swap <= 0 ? swap : swap * MB,
    CpuPeriod: numberOf(inputs.cpuPeriod),
    CpuQuota: numberOf(inputs.cpuQuota),
    CpuShares: numberOf(inputs.cpuShares),
    CpusetCpus: textOf(inputs.cpuSet),
  }) as Record<string, number | string>;
}

export const restartPolicy = (inputs: PropertyMap) => ({
  Name: textOf(inputs.restart) ?? "no",
  MaximumRetryCount: numberOf(inputs.maxRetryCount) ?? 0,
});

const inMB = (value: PropertyMap[string] | undefined) => {
  const number = numberOf(value);
  return number === undefined ? undefined : number * MB;
};

const portKey = ({ internal, protocol }: PropertyMap) => `${internal}/${textOf(protocol) ?? "tcp"}`;

function portBindings(inputs: PropertyMap): HostConfig["PortBindings"] {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of objectsOf(inputs.ports)) {
    const external = numberOf(port.external);
    const binding = { HostIp: textOf(port.ip) ?? "", HostPort: external ? String(external) : "" };
    bindings[portKey(port)] = [...(bindings[portKey(port)] ?? []), binding];
  }
  return bindings;
}

/** Folders of the host, and named volumes, in the daemon's own notation. */
function binds(inputs: PropertyMap): string[] {
  return objectsOf(inputs.volumes).flatMap((volume) => {
    const source = textOf(volume.volumeName) || textOf(volume.hostPath);
    if (!source || !volume.containerPath) return [];
    const options = [flagOf(volume.readOnly) ? "ro" : "rw", ...(textOf(volume.selinuxRelabel) || [])];
    return [`${source}:${volume.containerPath}:${options.join(",")}`];
  });
}

/** A path without a source is a volume without a name. */
function anonymousVolumes(inputs: PropertyMap): Record<string, object> {
  const paths = objectsOf(inputs.volumes).filter(
    ({ volumeName, hostPath, fromContainer }) => !volumeName && !hostPath && !fromContainer,
  );
  return Object.fromEntries(paths.flatMap(({ containerPath }) => (containerPath ? [[String(containerPath), {}]] : [])));
}

function healthcheckOf(check: PropertyMap) {
  return defined({
    Test: textsOf(check.tests),
    Interval: nanoseconds(check.interval),
    Timeout: nanoseconds(check.timeout),
    StartPeriod: nanoseconds(check.startPeriod),
    StartInterval: nanoseconds(check.startInterval) || undefined,
    Retries: numberOf(check.retries),
  });
}

const units: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** A span as Go writes it, `1m30s` for example. */
function nanoseconds(value: PropertyMap[string] | undefined): number | undefined {
  const span = textOf(value);
  if (span === undefined) return undefined;
  const parts = [...span.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.map(([part]) => part).join("") !== span && span !== "0")
    throw new Error(`"${span}" is no time\nTry: write it as 500ms, 2s or 1m30s`);
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ""] ?? 0), 0);
}
