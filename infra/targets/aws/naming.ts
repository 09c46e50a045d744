import type { AwsConfig } from "../../schema-aws.ts";
import type { Stack } from "../../target.ts";

/** What a stack's resources are called and marked with. */
export interface Naming {
  stack: Stack;
  config: AwsConfig;
  /** A name in the account: no two stacks share one. */
  named(...parts: string[]): string;
  tags(part: string): Record<string, string>;
}

export function namingOf(stack: Stack): Naming {
  const { aws: config } = stack.config;
  const named = (...parts: string[]) => [stack.project, stack.name, ...parts].join("-");
  const own = { Project: stack.project, Stack: stack.name, Tier: config.tier, ManagedBy: "landfall" };
  return { stack, config, named, tags: (part) => ({ ...config.tags, ...own, Name: named(part) }) };
}
