import { accessRules } from "./access.ts";
import { databaseRules } from "./database.ts";
import type { Finding, PolicyResource, Rule } from "./rule.ts";

/** Every rule, in the order of the reference. */
export const rules: Rule[] = [...databaseRules, ...accessRules];

export interface Violation extends Finding {
  rule: string;
  resource: string;
}

/** What of a stack's resources the rules forbid. Needs no engine: the resources may be planned or made up. */
export function checkPolicies(resources: PolicyResource[]): Violation[] {
  return resources.flatMap((resource) =>
    rules.flatMap(({ name, check }) =>
      check(resource).map((finding) => ({ rule: name, resource: `${resource.type} ${resource.name}`, ...finding })),
    ),
  );
}
