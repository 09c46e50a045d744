/** A resource as a policy sees it: its inputs, with nothing that the provider fills in. */
export interface PolicyResource {
  /** Pulumi's type, such as aws:rds/instance:Instance. */
  type: string;
  name: string;
  props: Record<string, unknown>;
}

/** What is wrong with a resource. */
export interface Finding {
  problem: string;
  /** What to set to which value, and where. */
  hint: string;
}

/** What no stack may do. */
export interface Rule {
  name: string;
  description: string;
  /** Nothing where the resource is right or none of the rule's business. */
  check: (resource: PolicyResource) => Finding[];
}

export interface Demand extends Finding {
  holds: boolean;
}

export const demand = (holds: boolean, problem: string, hint: string): Demand => ({ holds, problem, hint });

/** A rule about one type: what must hold. */
export function ofType(type: string, demands: (props: Record<string, unknown>) => Demand[]): Rule["check"] {
  return (resource) =>
    resource.type === type
      ? demands(resource.props).flatMap(({ holds, problem, hint }) => (holds ? [] : [{ problem, hint }]))
      : [];
}

/** Several checks as one. */
export const all =
  (...checks: Rule["check"][]): Rule["check"] =>
  (resource) =>
    checks.flatMap((check) => check(resource));

/** The hint for what a stack's file decides. @param setting below landfall:aws */
export function inConfig(props: Record<string, unknown>, setting: string, value: string): string {
  const stack = (props.tags as Record<string, unknown> | undefined)?.Stack;
  return `set landfall:aws ${setting} to ${value} in stacks/Pulumi.${typeof stack === "string" ? stack : "STACK"}.yaml`;
}

/** The hint for what no setting changes. @param file in infra/targets/aws */
export const inProgram = (file: string, what: string): string =>
  `set ${what} in infra/targets/aws/${file}: no setting of the stack decides it`;

/** A stack counts as production unless its tags say otherwise: what is forgotten is held to the stricter rules. */
export function isProduction(props: Record<string, unknown>): boolean {
  return (props.tags as Record<string, unknown> | undefined)?.Tier !== "staging";
}

export const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== "";

/** Stands for what a preview cannot know. It counts as set; whether it is right shows when it is known. */
export const unknownValue: unique symbol = Symbol("not known yet");
