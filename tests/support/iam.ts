/** One call of AWS's API, as IAM judges it: it has to be allowed on each of its resources. */
export interface ApiCall {
  action: string;
  resources: string[];
  /** Condition keys of the request, such as aws:RequestTag/…. */
  context?: Record<string, string>;
}

interface Statement {
  Effect: string;
  Action: string[];
  Resource: string[];
  Condition?: Record<string, Record<string, string>>;
}

const matches = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.replaceAll(/[.+^${}()|[\]\\?]/g, "\\$&").replaceAll("*", ".*")}$`, "s").test(text);

/**
 * What of a call a policy does not allow: its resources, or "*" where the call has none. Knows what the program's policies use:
 * Allow, wildcards, StringEquals.
 * @throws {Error} for a condition that it does not know
 */
export function denied(policy: string, { action, resources, context = {} }: ApiCall): string[] {
  const { Statement: statements } = JSON.parse(policy) as { Statement: Statement[] };
  const holds = ({ Condition = {} }: Statement): boolean =>
    Object.entries(Condition).every(([operator, keys]) => {
      if (operator !== "StringEquals") throw new Error(`a condition that this test does not know: ${operator}`);
      return Object.entries(keys).every(([key, value]) => context[key] === value);
    });
  const granting = statements.filter(
    (statement) =>
      statement.Effect === "Allow" && statement.Action.some((given) => matches(given, action)) && holds(statement),
  );
  return resources.filter(
    (resource) => !granting.some(({ Resource }) => Resource.some((given) => matches(given, resource))),
  );
}
