import type { Timeouts } from "../state/resource.ts";
import type { PropertyMap } from "../values.ts";

/** What the program wants a resource to be. */
export interface Goal {
  type: string;
  name: string;
  custom: boolean;
  inputs: PropertyMap;
  parent: string;
  /** `URN::ID`; empty: the default provider of the package. */
  provider: string;
  version: string;
  downloadUrl: string;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  /** Undefined: as the parent. */
  protect: boolean | undefined;
  retainOnDelete: boolean | undefined;
  /** Undefined: as the provider says. */
  deleteBeforeReplace: boolean | undefined;
  deletedWith: string;
  ignoreChanges: string[];
  replaceOnChanges: string[];
  additionalSecretOutputs: string[];
  aliases: Alias[];
  timeouts: Timeouts;
}

/** A former name of a resource: whole, or what is different in it. */
export type Alias = { urn: string } | AliasSpec;

export interface AliasSpec {
  name: string;
  type: string;
  stack: string;
  project: string;
  /** Undefined: the parent that the resource has now; empty: none. */
  parent: string | undefined;
}
