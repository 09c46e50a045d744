import * as pulumi from "@pulumi/pulumi";

/** One permission: what, on which resources by their ARNs. */
export interface Statement {
  actions: string[];
  resources: pulumi.Input<string>[];
  conditions?: Record<string, Record<string, pulumi.Input<string>>>;
}

/** An IAM policy of permissions. */
export const allow = (statements: Statement[]): pulumi.Output<string> =>
  pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: statements.map(({ actions, resources, conditions }) => ({
      Effect: "Allow",
      Action: actions,
      Resource: resources,
      ...(conditions ? { Condition: conditions } : {}),
    })),
  });

/** Which service of AWS may take a role on. */
export const trust = (service: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
  });
