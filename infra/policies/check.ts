import { accessRules } from "./access.ts";
import { databaseRules } from "./database.ts";
import type { PolicyResource, Rule } from "./rule.ts";

/** Every rule, in the order of the reference. */
export const rules: Rule[] = [...databaseRules, ...accessRules];

export interface Violation {
  rule: string;
  resource: string;
  message: string;
}

/** What of a stack's resources the rules forbid. Needs no engine: the resources may be planned or made up. */
export function checkPolicies(resources: PolicyResource[]): Violation[] {
  return resources.flatMap((resource) =>
    rules.flatMap(({ name, check }) =>
      check(resource).map((message) => ({ rule: name, resource: `${resource.type} ${resource.name}`, message })),
    ),
  );
}
