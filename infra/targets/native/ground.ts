import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Account } from "../../../machine/account.ts";
import type { Daemon, Ready } from "../../../machine/daemon.ts";
import type { Place } from "../../../machine/place.ts";
import {
  type AuthorityResource,
  authority,
  certificate,
  daemon,
  file,
  type HomeResource,
  home,
  type PartsResource,
  type PortsResource,
  parts,
  ports,
} from "../../resources.ts";
import type { Stack } from "../../target.ts";

/** Where each server listens if nothing else does. */
const wantedPorts = {
  database: 5432,
  pooler: 6432,
  prometheus: 9090,
  alertmanager: 9093,
  postgres_exporter: 9187,
  pgbouncer_exporter: 9127,
  scheduler: 9188,
};
export type Server = keyof typeof wantedPorts;

export const loopback = "127.0.0.1";

/** What every piece of a native stack stands on: programs, folders, ports. */
export class Ground extends pulumi.ComponentResource {
  readonly stack: Stack;
  readonly parts: PartsResource;
  readonly home: HomeResource;
  readonly ports: PortsResource;
  /** Signs the servers' certificates; clients trust it, and find its certificate in `caFile`. */
  readonly authority: AuthorityResource;
  readonly caFile: pulumi.Output<string>;

  constructor(name: string, stack: Stack, options?: pulumi.ComponentResourceOptions) {
    super("landfall:native:Ground", name, {}, options);
    this.stack = stack;
    const { native, database } = stack.config;
    const parent = { parent: this };
    this.parts = parts(`${name}-parts`, { install: native.install, major: database.major ?? null }, parent);
    // The programs bring the account that the folders belong to.
    const place = { project: stack.project, stack: stack.name, directory: native.directory ?? null };
    this.home = home(`${name}-home`, place, { ...parent, dependsOn: [this.parts] });
    this.ports = ports(`${name}-ports`, { wanted: wantedPorts, fixed: fixedPorts(native.ports) }, parent);
    this.authority = authority(`${name}-authority`, { name: `${stack.project} ${stack.name}` }, parent);
    // Not secret, and read by whoever connects: outside the folder that only the stack's account may enter.
    const caFile = this.home.get("path").apply((path) => join(path, "ca.crt"));
    const ca = { path: caFile, content: this.authority.get("certificate"), account: this.account, mode: "0644" };
    this.caFile = file(`${name}-ca`, ca, parent).get("path");
    this.registerOutputs({ home: this.home.get("path"), ports: this.ports.get("chosen") });
  }

  get account(): pulumi.Output<Account | null> {
    return this.home.get("account");
  }

  /** Where this stack's own programs are run. */
  get place(): pulumi.Output<Place> {
    return this.account.apply((account) => ({ how: "local" as const, account }));
  }

  port(server: Server): pulumi.Output<number> {
    return this.ports.get("chosen").apply((chosen) => chosen[server] ?? 0);
  }

  address(server: Server): pulumi.Output<string> {
    return pulumi.interpolate`${loopback}:${this.port(server)}`;
  }

  /** A path in the folder for configuration, logs, data or sockets. */
  path(folder: "etc" | "log" | "data" | "run", ...segments: string[]): pulumi.Output<string> {
    return this.home.get(folder).apply((path) => join(path, ...segments));
  }

  /** A configuration file, readable only by the account that runs the stack. */
  file(name: string, file_: string | pulumi.Output<string>, content: pulumi.Input<string>, parent: pulumi.Resource) {
    const path = typeof file_ === "string" ? this.path("etc", file_) : file_;
    return file(name, { path, content, account: this.account, mode: "0600" }, { parent });
  }

  /** A server's certificate and key as files, signed by the stack's authority. */
  serverCertificate(name: string, parent: pulumi.Resource) {
    const pair = pulumi.all([this.authority.get("certificate"), this.authority.get("key")]);
    const signer = pair.apply(([certificate, key]) => ({ certificate, key }));
    const hosts = [loopback, "localhost"];
    const issued = certificate(`${name}-certificate`, { authority: signer, hosts }, { parent });
    return {
      certificate: this.file(`${name}-crt`, `${name}.crt`, issued.get("certificate"), parent),
      key: this.file(`${name}-key`, `${name}.key`, issued.get("key"), parent),
    };
  }

  /** How clients of this stack's servers must speak to them. */
  get tls(): pulumi.Output<{ mode: "verify-full"; caFile: string }> {
    return this.caFile.apply((caFile) => ({ mode: "verify-full" as const, caFile }));
  }

  /** A server process with this stack's account, log and pid file. */
  process(name: string, args: ProcessArgs, options: pulumi.CustomResourceOptions) {
    const asCaller = args.asCaller ?? false;
    return daemon(
      name,
      {
        name,
        program: args.program,
        args: pulumi.output(args.args),
        env: args.env ?? {},
        account: asCaller ? null : this.account,
        log: this.path("log", `${name}.log`),
        pidFile: this.path("run", `${name}.pid`),
        locks: pulumi.output(args.locks ?? []),
        ready: args.ready,
        readyTimeoutMs: args.readyTimeoutMs ?? 60_000,
        stopSignal: args.stopSignal ?? "SIGTERM",
        stopTimeoutMs: args.stopTimeoutMs ?? 30_000,
        restartKey: args.restartKey ?? "",
        reloadKey: args.reloadKey ?? "",
        afterReload: args.afterReload ?? null,
      },
      options,
    );
  }
}

/** What differs from one server process to the next. */
interface ProcessArgs {
  program: pulumi.Input<string>;
  args: pulumi.Input<pulumi.Input<string>[]>;
  env?: pulumi.Input<Record<string, string>>;
  locks?: pulumi.Input<string>[];
  ready: pulumi.Input<Ready>;
  readyTimeoutMs?: number;
  stopSignal?: Daemon["stopSignal"];
  stopTimeoutMs?: number;
  restartKey?: pulumi.Input<string>;
  reloadKey?: pulumi.Input<string>;
  afterReload?: pulumi.Input<{ loaded: Command; pending: Command } | null>;
  /** Runs as whoever ran the program, not as the unprivileged account: only what must read the project's folder. */
  asCaller?: boolean;
}

interface Command {
  program: string;
  args: string[];
}

function fixedPorts(configured: Partial<Record<Server, number>>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(configured).filter((entry): entry is [string, number] => entry[1] !== undefined),
  );
}

/** A long-running script of this repository, as an argument for Node. */
export function ownScript(name: string): string {
  return join(import.meta.dirname, "..", "..", "..", "scripts", `${name}.mjs`);
}
