import * as pulumi from "@pulumi/pulumi";
import { drillObjectives } from "./components/backups.ts";
import { poolBudget } from "./components/pooler.ts";
import { ConfigError, parseConfig } from "./config.ts";
import type { StackOutputs } from "./contract.ts";
import type { StackConfig } from "./schema.ts";
import type { Database, Pooler, Roles, Stack, Target } from "./target.ts";

/** Config → target → components → outputs. What each target makes is in targets/, how it is computed in components/. */
const stack: Stack = { project: pulumi.getProject(), name: pulumi.getStack(), config: readConfig() };
export default await deploy(stack);

function readConfig(): StackConfig {
  try {
    return parseConfig(pulumi.runtime.allConfig(), pulumi.getProject());
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const file = `stacks/Pulumi.${pulumi.getStack()}.yaml`;
    throw new pulumi.RunError(`${file} has values that cannot be used:\n${error.message}`);
  }
}

/** Only the chosen target is loaded: the AWS SDK of Pulumi alone takes seconds. */
async function deploy(stack: Stack): Promise<Outputs> {
  switch (stack.config.target) {
    case "native":
      return compose(stack, (await import("./targets/native/index.ts")).nativeTarget(stack));
    case "docker":
      return compose(stack, (await import("./targets/docker/index.ts")).dockerTarget(stack));
    case "aws":
      return compose(stack, (await import("./targets/aws/index.ts")).awsTarget(stack));
  }
}

/** Each output by itself, so that one that holds a secret does not make secrets of the others. */
type Outputs = { [K in keyof StackOutputs]: pulumi.Input<StackOutputs[K]> };

function compose<D extends Database, R extends Roles, P extends Pooler>(
  { project, name, config }: Stack,
  target: Target<D, R, P>,
): Outputs {
  const database = target.database();
  const roles = target.roles(database);
  const pooler = target.pooler(database, roles);
  const { backup } = target.backups(database, roles);
  const { monitoring, parts } = target.monitoring(database, roles, pooler);
  const outputs: Outputs = {
    contract: 1,
    project,
    stack: name,
    target: config.target,
    database: database.connection,
    pooler: pooler.connection,
    roles: roles.logins,
    budget: poolBudget(config),
    backup,
    drill: drillObjectives(config),
    monitoring,
    parts: pulumi.all([database.parts, pooler.parts, parts]).apply((rows) => rows.flat()),
  };
  const schedule = target.schedule(pulumi.output(outputs) as unknown as pulumi.Output<StackOutputs>);
  return { ...outputs, parts: pulumi.all([pulumi.output(outputs.parts), schedule.parts]).apply((rows) => rows.flat()) };
}
