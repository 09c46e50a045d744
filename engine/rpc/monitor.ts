import grpc from "@grpc/grpc-js";
import provs from "@pulumi/pulumi/proto/provider_pb.js";
import services from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import resources from "@pulumi/pulumi/proto/resource_pb.js";
import empties from "google-protobuf/google/protobuf/empty_pb.js";
import { messageOf, unsupported } from "../errors.ts";
import type { ProviderHost } from "../plugins/host.ts";
import { type Deployment, Stopped } from "../run/deployment.ts";
import { packageOf, splitReference, typeOf } from "../urn.ts";
import { handler } from "./call.ts";
import { goalOf } from "./goal.ts";
import { fromStruct, toStruct } from "./wire.ts";

export interface MonitorOptions {
  deployment: Deployment;
  host: ProviderHost;
  preview: boolean;
  info: { project: string; stack: string; parallel: number; config: Record<string, string>; secretKeys: string[] };
  /** What paths of assets are relative to. */
  folder: string;
  /** The program says that it has declared everything. */
  onShutdown: () => void;
}

const Feature = resources.ResourceMonitorFeature;
/** Only what is implemented here: the SDK refuses the rest by name before it is asked for. */
const features = [
  Feature.RESOURCE_MONITOR_FEATURE_SECRETS,
  Feature.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
  Feature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
  Feature.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
];
const legacyFeatures = ["secrets", "resourceReferences", "aliasSpecs", "deletedWith"];

/** The service that the program declares its resources to. */
export function addMonitor(server: grpc.Server, options: MonitorOptions): void {
  const { deployment } = options;
  server.addService(services.ResourceMonitorService, {
    getDeploymentInfo: handler(() => deploymentInfo(options)),
    supportsFeature: handler((request: InstanceType<typeof resources.SupportsFeatureRequest>) => {
      const response = new resources.SupportsFeatureResponse();
      response.setHassupport(legacyFeatures.includes(request.getId()));
      return response;
    }),
    registerResource: handler((request: RegisterRequest) => guarded(deployment, "", () => register(request, options))),
    registerResourceOutputs: handler((request: InstanceType<typeof resources.RegisterResourceOutputsRequest>) =>
      guarded(deployment, request.getUrn(), async () => {
        deployment.registerOutputs(request.getUrn(), fromStruct(request.getOutputs(), options.folder));
        return new empties.Empty();
      }),
    ),
    invoke: handler((request: InvokeRequest) => guarded(deployment, "", () => invoke(request, options))),
    signalAndWaitForShutdown: handler(() => {
      options.onShutdown();
      return new empties.Empty();
    }),
    readResource: refused(deployment, "reading resources that the stack does not own (.get(), stack references)"),
    existsResource: refused(deployment, "asking whether a resource exists"),
    call: refused(deployment, "methods of resources (Call)"),
    registerStackTransform: refused(deployment, "stack transforms"),
    registerStackInvokeTransform: refused(deployment, "stack invoke transforms"),
    registerResourceHook: refused(deployment, "resource hooks"),
    registerErrorHook: refused(deployment, "error hooks"),
    registerPackage: refused(deployment, "parameterized packages"),
  });
}

type RegisterRequest = InstanceType<typeof resources.RegisterResourceRequest>;
type InvokeRequest = InstanceType<typeof resources.ResourceInvokeRequest>;

const refused = (deployment: Deployment, feature: string) =>
  handler(() =>
    guarded(deployment, "", () => {
      throw unsupported(feature);
    }),
  );

/**
 * Whatever goes wrong is reported once, here or where it happened; the program is told that the engine is going away, upon
 * which the SDK ends it without a word of its own. So it is too for whoever waits when the run is stopped.
 */
async function guarded<T>(deployment: Deployment, urn: string, work: () => Promise<T>): Promise<T> {
  const gone = Object.assign(new Error("the engine has stopped this run"), { code: grpc.status.UNAVAILABLE });
  if (deployment.stopping.aborted) throw gone;
  const stopped = new Promise<never>((_, reject) => {
    deployment.stopping.addEventListener("abort", () => reject(gone), { once: true });
  });
  stopped.catch(() => {});
  try {
    return await Promise.race([work(), stopped]);
  } catch (error) {
    if (error !== gone && !(error instanceof Stopped)) {
      deployment.say(urn, messageOf(error), "error");
      deployment.stop();
    }
    throw gone;
  }
}

async function register(request: RegisterRequest, options: MonitorOptions) {
  const state = await options.deployment.register(goalOf(request, options.folder));
  const response = new resources.RegisterResourceResponse();
  response.setUrn(state.urn);
  response.setId(state.id);
  response.setStable(false);
  // A component's outputs are what its own program says they are.
  const outputs = state.custom ? state.outputs : {};
  response.setObject(
    toStruct(outputs, { secrets: request.getAcceptsecrets(), resources: request.getAcceptresources() }),
  );
  return response;
}

async function invoke(request: InvokeRequest, { deployment, host, preview, folder }: MonitorOptions) {
  const token = request.getTok();
  if (token.startsWith("pulumi:pulumi:")) throw unsupported(`the function ${token}`);
  const reference =
    request.getProvider() ||
    (await deployment.defaultProvider({
      type: token,
      version: request.getVersion(),
      downloadUrl: request.getPlugindownloadurl(),
    }));
  const response = new resources.ResourceInvokeResponse();
  const provider = await host.get(reference);
  if (preview && host.isUnchecked(packageOf(typeOf(splitReference(reference).urn)))) {
    response.setUnknown(true);
    return response;
  }
  const { outputs, failures } = await provider.invoke(token, fromStruct(request.getArgs(), folder));
  response.setReturn(toStruct(outputs, { secrets: true, resources: request.getAcceptresources() }));
  response.setFailuresList(
    failures.map(({ property, reason }) => {
      const failure = new provs.CheckFailure();
      failure.setProperty(property);
      failure.setReason(reason);
      return failure;
    }),
  );
  return response;
}

function deploymentInfo({ info, preview }: MonitorOptions) {
  const response = new resources.DeploymentInfo();
  response.setProject(info.project);
  response.setStack(info.stack);
  response.setOrganization("organization");
  for (const [key, text] of Object.entries(info.config)) response.getConfigMap().set(key, text);
  response.setConfigsecretkeysList(info.secretKeys);
  response.setDryrun(preview);
  response.setParallel(info.parallel);
  response.setSupportedfeaturesList(features);
  return response;
}
