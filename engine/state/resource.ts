import { equal, type PropertyMap } from "../values.ts";

/** A resource as the state holds it. Empty lists and maps are left out of the file. */
export interface ResourceState {
  urn: string;
  type: string;
  custom: boolean;
  /** Empty for a component, and in a preview for what is not made yet. */
  id: string;
  inputs: PropertyMap;
  outputs: PropertyMap;
  parent: string;
  /** `URN::ID` of the provider; empty for components and providers. */
  provider: string;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  protect: boolean;
  external: boolean;
  /** Replaced already, and to be deleted at the end of the run. */
  delete: boolean;
  /** Deleted already, because its replacement could not exist beside it. */
  pendingReplacement: boolean;
  retainOnDelete: boolean;
  deletedWith: string;
  additionalSecretOutputs: string[];
  ignoreChanges: string[];
  replaceOnChanges: string[];
  /** What did not come up when the resource was made. */
  initErrors: string[];
  customTimeouts: Timeouts;
  created: string | undefined;
  modified: string | undefined;
  /** Fields of the file that this engine does not use, kept as they are. */
  extra: Record<string, unknown>;
}

/** Seconds; 0 for the provider's own. */
export interface Timeouts {
  create: number;
  update: number;
  delete: number;
}

export const noTimeouts: Timeouts = { create: 0, update: 0, delete: 0 };

export interface PendingOperation {
  resource: ResourceState;
  type: "creating" | "updating" | "deleting" | "reading" | "importing";
}

/** Every URN that has to be in the state before this resource, its provider's included. */
export function dependenciesOf(state: ResourceState): Set<string> {
  const provider = state.provider === "" ? [] : [state.provider.slice(0, state.provider.lastIndexOf("::"))];
  const all = [state.parent, state.deletedWith, ...provider, ...state.dependencies];
  return new Set([...all, ...Object.values(state.propertyDependencies).flat()].filter((urn) => urn !== ""));
}

/** Whether the file would say anything else of the one than of the other; times and the order of dependencies apart. */
export function isSameState(a: ResourceState, b: ResourceState): boolean {
  const plain = ({ inputs, outputs, created, modified, extra, ...rest }: ResourceState) => {
    const properties = Object.entries(rest.propertyDependencies).map(([key, urns]) => [key, urns.toSorted()] as const);
    const propertyDependencies = properties.toSorted(([one], [other]) => (one < other ? -1 : 1));
    return JSON.stringify({ ...rest, dependencies: rest.dependencies.toSorted(), propertyDependencies });
  };
  return plain(a) === plain(b) && equal(a.inputs, b.inputs) && equal(a.outputs, b.outputs);
}
