import type { DiffResult } from "../provider.ts";
import type { ResourceState } from "../state/resource.ts";

/** One thing that is done to one resource; the names are those of Pulumi's events. */
export type Op =
  | "same"
  | "create"
  | "update"
  | "delete"
  | "replace"
  | "create-replacement"
  | "delete-replaced"
  | "refresh";

export interface Step {
  op: Op;
  urn: string;
  /** Absent for what is new. */
  old?: ResourceState;
  /** Absent for what is deleted. */
  next?: ResourceState;
  diff?: DiffResult;
  /** With "delete-replaced": the replacement comes after, and the state keeps the resource as missing until then. */
  before?: boolean;
}

/** Whether a step counts as a change of its own: a replacement counts once, not as its create and its delete. */
export const isLogical = ({ op }: Step): boolean => op !== "create-replacement" && op !== "delete-replaced";

/** The state that a step is about. */
export function stateOf(step: Step): ResourceState {
  const state = step.next ?? step.old;
  if (!state) throw new Error(`a step without a state: ${step.op} ${step.urn}`);
  return state;
}
