import type resources from "@pulumi/pulumi/proto/resource_pb.js";
import { unsupported } from "../errors.ts";
import type { Alias, Goal } from "../plan/goal.ts";
import { noTimeouts, type Timeouts } from "../state/resource.ts";
import { fromStruct } from "./wire.ts";

type Request = InstanceType<typeof resources.RegisterResourceRequest>;

/** @param folder what paths of assets are relative to */
export function goalOf(request: Request, folder: string): Goal {
  refuse(request);
  const inputs = fromStruct(request.getObject(), folder);
  const dependencies = request.getDependenciesList();
  const named: Record<string, string[]> = {};
  request.getPropertydependenciesMap().forEach((urns: { getUrnsList(): string[] }, property: string) => {
    named[property] = urns.getUrnsList();
  });
  // A program that does not say which property depends on what: each on everything.
  const all = Object.fromEntries(Object.keys(inputs).map((property) => [property, dependencies]));
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    inputs,
    parent: request.getParent(),
    provider: request.getProvider(),
    version: request.getVersion(),
    downloadUrl: request.getPlugindownloadurl(),
    dependencies,
    propertyDependencies: Object.keys(named).length > 0 ? named : all,
    protect: request.hasProtect() ? request.getProtect() : undefined,
    retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
    deleteBeforeReplace: request.getDeletebeforereplacedefined() ? request.getDeletebeforereplace() : undefined,
    deletedWith: request.getDeletedwith(),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    aliases: aliasesOf(request),
    timeouts: timeoutsOf(request),
  };
}

/** What this engine does not do is refused by its name, before anything is done. */
function refuse(request: Request): void {
  const hooks = request.getHooks();
  const used: [string, boolean][] = [
    ["remote components (packages that are programs)", request.getRemote()],
    ["the resource option import", request.getImportid() !== ""],
    ["the resource option transforms", request.getTransformsList().length > 0],
    ["the resource option replaceWith", request.getReplaceWithList().length > 0],
    ["the resource option replacementTrigger", request.hasReplacementTrigger()],
    ["the resource option stateMigrations", request.getStateMigrationsList().length > 0],
    ["the resource option envVarMappings", request.getEnvvarmappingsMap().getLength() > 0],
    ["parameterized packages", request.getPackageref() !== ""],
    [
      "the resource option hooks",
      hooks !== undefined && Object.values(hooks.toObject()).some((list) => list.length > 0),
    ],
  ];
  for (const [feature, isUsed] of used) if (isUsed) throw unsupported(feature);
}

function aliasesOf(request: Request): Alias[] {
  const urns = request.getAliasurnsList().map((urn) => ({ urn }));
  const specs = request.getAliasesList().map((alias): Alias => {
    const spec = alias.getSpec();
    if (!spec) return { urn: alias.getUrn() };
    const parent = spec.getNoparent() ? "" : spec.getParenturn() || undefined;
    return { name: spec.getName(), type: spec.getType(), stack: spec.getStack(), project: spec.getProject(), parent };
  });
  return [...urns, ...specs];
}

function timeoutsOf(request: Request): Timeouts {
  const timeouts = request.getCustomtimeouts();
  if (!timeouts) return noTimeouts;
  return {
    create: seconds(timeouts.getCreate()),
    update: seconds(timeouts.getUpdate()),
    delete: seconds(timeouts.getDelete()),
  };
}

const unitSeconds: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 0.001, us: 1e-6, µs: 1e-6, ns: 1e-9 };

/** Go's durations: `1h30m`. */
function seconds(text: string): number {
  let sum = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|us|µs|ns|s)/g)) {
    sum += Number(number) * (unitSeconds[unit ?? ""] ?? 0);
  }
  return sum;
}
