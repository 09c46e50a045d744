import type { PropertyMap } from "../values.ts";
import type { Step } from "./step.ts";

/** What a policy has to say of a resource. */
export interface Violation {
  pack: string;
  policy: string;
  /** Empty where it is about the resource that was asked about. */
  urn: string;
  message: string;
  /** A mandatory one fails the run: an update at once, a preview at its end, so that it names all. */
  mandatory: boolean;
}

export interface AnalyzedResource {
  urn: string;
  type: string;
  name: string;
  /** Checked inputs; secrets wrapped, unknowns in a preview. */
  inputs: PropertyMap;
  /** Empty while the resource is only planned. */
  outputs: PropertyMap;
  parent: string;
  provider: string;
  protect: boolean;
  dependencies: string[];
  ignoreChanges: string[];
  additionalSecretOutputs: string[];
}

/** Where a run can be looked into and stopped. All are called before anything is done to the resource. */
export interface Hooks {
  /** Called for each step that is planned, in the order of planning. What it throws stops the run. */
  onPlannedStep?(step: Step): void | Promise<void>;
  /** Called for each resource with its checked inputs. */
  analyze?(resource: AnalyzedResource): Promise<Violation[]>;
  /** Called once, when the program has declared everything. */
  analyzeStack?(resources: AnalyzedResource[]): Promise<Violation[]>;
}
