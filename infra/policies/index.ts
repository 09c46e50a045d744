import { PolicyPack, UnknownValueError } from "@pulumi/policy";
import { rules } from "./check.ts";
import { unknownValue } from "./rule.ts";

/**
 * The rules as a policy pack: `pulumi up --policy-pack infra/policies`, with the real CLI and the embedded engine alike.
 * What depends on a value that a preview cannot know is checked when it is known, before the resource is made.
 */
new PolicyPack("landfall", {
  enforcementLevel: "mandatory",
  policies: rules.map(({ name, description, check }) => ({
    name,
    description,
    validateResource({ type, name: resource, props }, report) {
      const found = check({ type, name: resource, props: known(props) as typeof props });
      // On a line of its own, by which the verbs know it from the problem.
      for (const { problem, hint } of found) report(`${problem}\nTry: ${hint}`);
    },
  })),
});

/** A copy in which what nobody knows yet is a symbol: reading it where it stands would throw, and end the whole rule. */
function known(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) copy[key] = orUnknown(() => known((value as Record<string, unknown>)[key]));
  return Array.isArray(value) ? Object.values(copy) : copy;
}

function orUnknown(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof UnknownValueError) return unknownValue;
    throw error;
  }
}
