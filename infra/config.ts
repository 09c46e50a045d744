import type { z } from "zod";
import { poolBudget, pooledRoles } from "./components/pooler.ts";
import { awsContradictions } from "./limits-aws.ts";
import { type StackConfig, stackConfigSchema } from "./schema.ts";
import { parseMemory } from "./settings.ts";

/** One value that cannot be used. */
export interface ConfigProblem {
  /** As it is written in the stack's file, for example `landfall:postgresql.max_connections`. */
  key: string;
  value: unknown;
  /** What would be right. */
  message: string;
}

export class ConfigError extends Error {
  readonly problems: ConfigProblem[];

  constructor(problems: ConfigProblem[]) {
    const lines = problems.map(({ key, value, message }) => `${key}: ${show(value)} ${message}`);
    super(lines.join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

const show = (value: unknown) => (value === undefined ? "(absent)" : JSON.stringify(value));

/**
 * Parses a stack's configuration, once, into a typed value with every default filled in.
 * @param raw the settings by their full key, `landfall:pooler` for example; structured ones as JSON text, as Pulumi hands them over
 * @param namespace the project's name
 * @throws {ConfigError} with every problem at once
 */
export function parseConfig(raw: Record<string, string>, namespace: string): StackConfig {
  const input: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(raw)) {
    if (key.startsWith(`${namespace}:`)) input[key.slice(namespace.length + 1)] = structured(value);
  }
  const result = stackConfigSchema.safeParse(input);
  if (!result.success)
    throw new ConfigError(result.error.issues.flatMap((issue) => problemsOf(issue, input, namespace)));
  const contradictions = findContradictions(result.data, namespace);
  if (contradictions.length > 0) throw new ConfigError(contradictions);
  return result.data;
}

function structured(value: string): unknown {
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === "object" ? parsed : value;
  } catch {
    return value;
  }
}

function problemsOf(issue: z.core.$ZodIssue, input: unknown, namespace: string): ConfigProblem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((name) => {
      const path = [...issue.path, name];
      return {
        key: keyOf(path, namespace),
        value: at(input, path),
        message: "is not a setting; see docs/reference/configuration.md",
      };
    });
  }
  return [{ key: keyOf(issue.path, namespace), value: at(input, issue.path), message: issue.message }];
}

const keyOf = (path: PropertyKey[], namespace: string) => `${namespace}:${path.map(String).join(".")}`;

function at(input: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], input);
}

/** Values that are right by themselves and wrong together. */
function findContradictions(config: StackConfig, namespace: string): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const add = (path: string, value: unknown, message: string) =>
    problems.push({ key: `${namespace}:${path}`, value, message });
  const { postgresql, pooler } = config;
  const budget = poolBudget(config);
  if (budget.reserved + budget.maxDbConnections > budget.maxConnections) {
    add(
      "pooler.max_db_connections",
      budget.maxDbConnections,
      `must be at most ${budget.maxConnections - budget.reserved}: max_connections (${budget.maxConnections}) less reserved_connections (${budget.reserved})`,
    );
  }
  if (budget.maxDbConnections < 1 || budget.poolSize < 1) {
    add(
      "pooler.reserved_connections",
      pooler.reserved_connections,
      `must leave connections of max_connections (${postgresql.max_connections}) for the pools`,
    );
  }
  if (budget.poolSize * pooledRoles.length > budget.maxDbConnections) {
    const most = Math.floor(budget.maxDbConnections / pooledRoles.length);
    add(
      "pooler.default_pool_size",
      budget.poolSize,
      `must be at most ${most}: each of ${pooledRoles.join(", ")} has a pool, and max_db_connections is ${budget.maxDbConnections}`,
    );
  }
  if (parseMemory(postgresql.min_wal_size) > parseMemory(postgresql.max_wal_size)) {
    add(
      "postgresql.min_wal_size",
      postgresql.min_wal_size,
      `must be at most max_wal_size (${postgresql.max_wal_size})`,
    );
  }
  if (config.target === "aws")
    for (const { key, value, message } of awsContradictions(config)) add(key, value, message);
  return problems;
}
