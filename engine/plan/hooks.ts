import type { PropertyMap } from "../values.ts";
import type { Step } from "./step.ts";

/** What a policy has to say of a resource. */
export interface Violation {
  /** `PACK/POLICY`. */
  policy: string;
  message: string;
  /** A mandatory one stops the run. */
  mandatory: boolean;
}

export interface AnalyzedResource {
  urn: string;
  type: string;
  name: string;
  /** Checked inputs; secrets wrapped, unknowns in a preview. */
  inputs: PropertyMap;
  parent: string;
  provider: string;
  protect: boolean;
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
