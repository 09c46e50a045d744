import type grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engines from "@pulumi/pulumi/proto/engine_pb.js";
import empties from "google-protobuf/google/protobuf/empty_pb.js";
import { plain, withoutStack } from "../errors.ts";
import type { Severity } from "../run/events.ts";
import { handler } from "./call.ts";

export interface EngineServiceOptions {
  log: (urn: string, severity: Severity, text: string, ephemeral: boolean) => void;
  rootUrn: { get(): string; set(urn: string): void };
}

const severities: Record<number, Severity> = {
  [engines.LogSeverity.DEBUG]: "debug",
  [engines.LogSeverity.INFO]: "info",
  [engines.LogSeverity.WARNING]: "warning",
  [engines.LogSeverity.ERROR]: "error",
};

/** The service that the program and the plugins log to. */
export function addEngineService(server: grpc.Server, { log, rootUrn }: EngineServiceOptions): void {
  server.addService(services.EngineService, {
    log: handler((request: InstanceType<typeof engines.LogRequest>) => {
      const severity = severities[request.getSeverity()] ?? "info";
      // Places in code are for whoever debugs the program.
      const text = severity === "debug" ? request.getMessage() : withoutStack(plain(request.getMessage()));
      log(request.getUrn(), severity, text, request.getEphemeral());
      return new empties.Empty();
    }),
    getRootResource: handler(() => {
      const response = new engines.GetRootResourceResponse();
      response.setUrn(rootUrn.get());
      return response;
    }),
    setRootResource: handler((request: InstanceType<typeof engines.SetRootResourceRequest>) => {
      rootUrn.set(request.getUrn());
      return new engines.SetRootResourceResponse();
    }),
    startDebugging: handler(() => new empties.Empty()),
    // A program may name the CLI versions that it works with; this is none of them and speaks as the SDK does.
    requirePulumiVersion: handler(() => new engines.RequirePulumiVersionResponse()),
  });
}
