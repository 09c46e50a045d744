import { createHash } from "node:crypto";
import { join } from "node:path";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { StackOutputs } from "../../contract.ts";
import { contextHash, folderHash } from "../../providers/image-context.ts";
import {
  authority,
  certificate,
  containerFile,
  containerProcess,
  file,
  imageContext,
  keptVolumes,
  ports,
} from "../../resources.ts";
import type { Stack } from "../../target.ts";
import {
  type Folder,
  home,
  inside,
  keptFolders,
  type Server,
  type VolumeName,
  volumeFolders,
  wantedPorts,
} from "./layout.ts";

export const loopback = "127.0.0.1";
const images = join(import.meta.dirname, "images");
const projectRoot = join(import.meta.dirname, "..", "..", "..");

/** What every container of the stack shares: network, volumes, images, and the container that writes configuration. */
export class Ground extends pulumi.ComponentResource {
  readonly stack: Stack;
  readonly network: docker.Network;
  readonly volumes: Record<VolumeName, docker.Volume>;
  /** By their ids: a container is made anew when its image is another one, though the name is the same. */
  readonly images: Record<"database" | "pooler" | "monitoring" | "ops", pulumi.Output<string>>;
  readonly chosen: pulumi.Output<Record<string, number>>;
  readonly ops: docker.Container;
  /** Its name, for what runs something in it: it is made to run first. */
  readonly opsName: pulumi.Output<string>;
  readonly #opsProcess: ReturnType<typeof containerProcess>;
  /** The authority's certificate on this machine, for clients outside the containers. */
  readonly caFile: pulumi.Output<string>;
  /** Before every container that has a volume: it removes volumes, and so goes after them. */
  readonly #kept: pulumi.Resource;
  readonly #authority: pulumi.Output<{ certificate: string; key: string }>;

  constructor(name: string, stack: Stack, options?: pulumi.ComponentResourceOptions) {
    super("landfall:docker:Ground", name, {}, options);
    this.stack = stack;
    const parent = { parent: this };
    const { docker: config } = stack.config;
    const fixed = Object.fromEntries(
      Object.entries(config.ports).filter((entry): entry is [string, number] => !!entry[1]),
    );
    const published = Object.fromEntries(
      Object.entries(wantedPorts).filter(([server]) => this.publishes(server as Server)),
    );
    this.chosen = ports(`${name}-ports`, { wanted: published, fixed }, parent).get("chosen");
    this.network = new docker.Network(`${name}-network`, { name: this.named("network") }, parent);
    this.volumes = Object.fromEntries(
      (Object.keys(volumeFolders) as VolumeName[]).map((volume) => [
        volume,
        new docker.Volume(
          `${name}-${volume}`,
          { name: this.named(volume) },
          { ...parent, retainOnDelete: keptFolders.includes(volume) },
        ),
      ]),
    ) as Record<VolumeName, docker.Volume>;
    this.#kept = keptVolumes(
      `${name}-kept-volumes`,
      { volumes: pulumi.all(keptFolders.map((folder) => this.volumes[folder].name)) },
      parent,
    );

    const { base_image: BASE } = config;
    const database = this.#image("database", { BASE, MAJOR: String(stack.config.database.major ?? 17) });
    const sources = { folder: join(projectRoot, ".landfall", "images", stack.name), sources: contextHash() };
    const context = imageContext(`${name}-context`, sources, parent);
    // By name, not by id: a builder looks an id up in a registry.
    const ops = { DATABASE_IMAGE: database.name };
    this.images = {
      database: database.imageId,
      pooler: this.#image("pooler", { BASE }).imageId,
      monitoring: this.#image("monitoring", { BASE }).imageId,
      ops: this.#image("ops", ops, context.get("folder"), [context.get("hash"), database.imageId]).imageId,
    };

    const signer = authority(`${name}-authority`, { name: `${stack.project} ${stack.name}` }, parent);
    const pair = pulumi.all([signer.get("certificate"), signer.get("key")]);
    this.#authority = pair.apply(([certificate, key]) => ({ certificate, key }));
    const path = join(projectRoot, ".landfall", "stacks", stack.name, "ca.crt");
    const ca = { path, content: signer.get("certificate"), account: null, mode: "0644" };
    this.caFile = file(`${name}-ca`, ca, parent).get("path");

    this.ops = this.container(
      "ops",
      { image: this.images.ops, writes: ["etc", "data", "run", "backups", "scratch", "schedule"] },
      parent,
    );
    this.#opsProcess = this.process(`${name}-ops-process`, this.ops, {}, this);
    this.opsName = this.#opsProcess.get("container");
    this.file(`${name}-ca-inside`, "ca.crt", signer.get("certificate"), this);
    this.registerOutputs({ network: this.network.name, ops: this.ops.name });
  }

  /** A name on the Docker host: no two stacks share one. */
  named(part: string): string {
    return `${this.stack.project}-${this.stack.name}-${part}`;
  }

  /** Whether a server's port can be reached from outside the containers; the pooler's always, on loopback. */
  publishes(server: Server): boolean {
    const { publish } = this.stack.config.docker;
    if (server === "pooler") return true;
    return server === "database" ? publish.database : publish.monitoring;
  }

  /** How a server is reached from this machine: by its published port, else by its name inside the network. */
  address(server: Server): pulumi.Output<{ host: string; port: number }> {
    const unpublished = { host: this.named(server), port: inside[server] };
    if (!this.publishes(server)) return pulumi.output(unpublished);
    return this.chosen.apply((chosen) => ({ host: loopback, port: chosen[server] ?? 0 }));
  }

  /** A configuration file in the volume that every container reads. */
  file(name: string, path: string, content: pulumi.Input<string>, parent: pulumi.Resource) {
    const ops = this.#opsProcess;
    const place = { container: ops.get("container"), containerId: ops.get("containerId"), path: home("etc", path) };
    return containerFile(name, { ...place, content }, { parent });
  }

  serverCertificate(name: string, server: Server, parent: pulumi.Resource) {
    const hosts = [loopback, "localhost", this.named(server)];
    const issued = certificate(`${name}-certificate`, { authority: this.#authority, hosts }, { parent });
    return {
      certificate: this.file(`${name}-crt`, `${name}.crt`, issued.get("certificate"), parent),
      key: this.file(`${name}-key`, `${name}.key`, issued.get("key"), parent),
    };
  }

  /** A hardened container: no root, no new privileges, no capability, nothing written but its volumes and /tmp. */
  container(part: string, args: ContainerArgs, options: ContainerOptions): docker.Container {
    const { docker: config } = this.stack.config;
    const mount = (folder: Folder, readOnly: boolean) => ({
      volumeName: this.volumes[folder].name,
      containerPath: home(folder),
      readOnly,
    });
    const { health, memoryMB: memory = config.container_memory_mb, stopTimeout = 30 } = args;
    return new docker.Container(
      part,
      {
        name: this.named(part),
        image: args.image,
        command: args.command,
        networksAdvanced: [{ name: this.network.name }],
        volumes: [
          ...(args.writes ?? []).map((folder) => mount(folder, false)),
          ...(args.reads ?? []).map((folder) => mount(folder, true)),
        ],
        ports: args.server ? this.publishedPort(args.server) : [],
        user: "5432:5432",
        init: true,
        readOnly: true,
        tmpfs: { "/tmp": "mode=1777,size=64m" },
        securityOpts: ["no-new-privileges"],
        capabilities: { drops: ["ALL"] },
        restart: "unless-stopped",
        memory,
        // No swap on top: a database that swaps is slower than one that is told it has no memory.
        memorySwap: memory,
        shmSize: args.shmMB,
        stopTimeout,
        // Without it the provider kills the process as soon as it has asked it to stop.
        destroyGraceSeconds: stopTimeout,
        ...(health
          ? {
              healthcheck: { tests: ["CMD", ...health], interval: "2s", timeout: "5s", retries: 30 },
              wait: true,
              waitTimeout: 180,
            }
          : {}),
      },
      // An interrupted run may have left one of the name: it has to go first. What a running container cannot be given, the
      // provider would only note.
      {
        ...options,
        dependsOn: [this.#kept, ...(options.dependsOn ?? [])],
        deleteBeforeReplace: true,
        replaceOnChanges: ["healthcheck", "tmpfs", "init"],
      },
    );
  }

  /** Brings changed configuration to the process of a container. */
  process(name: string, container: docker.Container, args: ProcessArgs, parent: pulumi.Resource) {
    const place = { container: container.name, containerId: container.id };
    const { restartKey = "", reloadKey = "", afterReload = null } = args;
    return containerProcess(name, { ...place, restartKey, reloadKey, afterReload }, { parent });
  }

  /** The port of a server as it is published, where the configuration says so. */
  publishedPort(server: Server) {
    if (!this.publishes(server)) return [];
    const external = this.chosen.apply((chosen) => chosen[server] ?? 0);
    return [{ internal: inside[server], external, ip: this.stack.config.docker.listen, protocol: "tcp" }];
  }

  /** Lines of the table of what runs where. */
  rows(rows: { server: Server; part: string; what: string }[]): pulumi.Output<StackOutputs["parts"]> {
    return pulumi.all(
      rows.map(({ server, part, what }) =>
        this.address(server).apply(({ host, port }) => {
          return { name: part, what, address: `${host}:${port}`, log: `docker logs ${this.named(part)}` };
        }),
      ),
    );
  }

  /** @param triggers besides the arguments, what makes the image be built anew */
  #image(
    part: string,
    buildArgs: Record<string, pulumi.Input<string>>,
    context: pulumi.Input<string> = join(images, part),
    triggers: pulumi.Input<string>[] = [folderHash(join(images, part))],
  ): docker.RemoteImage {
    const sources = pulumi
      .all([...triggers, ...Object.values(buildArgs)])
      .apply((values) => createHash("sha256").update(values.join("\n")).digest("hex").slice(0, 16));
    // A tag of its own for each content: removing the image before it must not take the name from the one after it.
    const name = pulumi.interpolate`${this.named(part)}:${sources}`;
    // The classic builder is there with every daemon; these files need nothing of the newer one.
    const build = { context, buildArgs, useLegacyBuilder: true, forceRemove: true };
    return new docker.RemoteImage(
      `image-${part}`,
      { name, build, triggers: { sources }, forceRemove: true },
      { parent: this },
    );
  }
}

interface ContainerArgs {
  image: pulumi.Input<string>;
  command?: pulumi.Input<pulumi.Input<string>[]>;
  /** The server whose port is published, where the configuration says so. */
  server?: Server;
  writes?: Folder[];
  reads?: Folder[];
  /** A command that succeeds when the container does its work; the next resource waits for it. */
  health?: string[];
  memoryMB?: number;
  shmMB?: number;
  stopTimeout?: number;
}

interface ContainerOptions {
  parent: pulumi.Resource;
  dependsOn?: pulumi.Resource[];
}

interface ProcessArgs {
  restartKey?: pulumi.Input<string>;
  reloadKey?: pulumi.Input<string>;
  afterReload?: { loaded: string[]; pending: string[] };
}
