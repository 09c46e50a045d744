/** A resource as a policy sees it: its inputs, with nothing that the provider fills in. */
export interface PolicyResource {
  /** Pulumi's type, such as aws:rds/instance:Instance. */
  type: string;
  name: string;
  props: Record<string, unknown>;
}

/** What no stack may do. */
export interface Rule {
  name: string;
  description: string;
  /** What is wrong with a resource, one sentence each; nothing where it is right or none of the rule's business. */
  check: (resource: PolicyResource) => string[];
}

/** A rule about one type: what must hold, by the sentence that is said where it does not. */
export function ofType(type: string, demands: (props: Record<string, unknown>) => Record<string, boolean>) {
  return (resource: PolicyResource): string[] => {
    if (resource.type !== type) return [];
    return Object.entries(demands(resource.props)).flatMap(([sentence, holds]) => (holds ? [] : [sentence]));
  };
}

/** A stack counts as production unless its tags say otherwise: what is forgotten is held to the stricter rules. */
export function isProduction(props: Record<string, unknown>): boolean {
  return (props.tags as Record<string, unknown> | undefined)?.Tier !== "staging";
}

export const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== "";

/** Stands for what a preview cannot know. It counts as set; whether it is right shows when it is known. */
export const unknownValue: unique symbol = Symbol("not known yet");
