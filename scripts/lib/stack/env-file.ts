import type { RoleName, StackOutputs } from "../../../infra/contract.ts";
import {
  encode,
  jdbcUrl,
  type Login,
  libpqUrl,
  loginOf,
  nodePostgresOptions,
  type PoolPlan,
  poolPlan,
  prismaUrl,
} from "./connection-strings.ts";

/** Who reads a string: the name as it is given on the command line, and what its variable's name ends in. */
export const formats = ["prisma", "libpq", "jdbc", "pool"] as const;
export type Format = (typeof formats)[number];

/** The variable of each role, as Prisma and those who follow it name them; formats other than Prisma's add their own name. */
const variables = { app: "DATABASE_URL", readonly: "READONLY_DATABASE_URL", migrator: "DIRECT_URL" } as const;
export type EnvRole = keyof typeof variables;

const comments: Record<EnvRole, string> = {
  app: "The application: rows only, through the pooler.",
  readonly: "Reports and the like: reads only, through the pooler.",
  migrator: "Migrations: directly at the database; what they make belongs to the owner.",
};

export interface EnvOptions {
  roles?: EnvRole[];
  formats?: Format[];
  /** Processes of the application that run at once: they share the pooler's clients. */
  processes?: number;
  schema?: string;
}

/** Variables of one role, in the order in which they are written. */
export interface EnvSection {
  role: EnvRole;
  variables: Record<string, string>;
}

/**
 * The connection strings of a stack.
 * @param ca the authority's certificate, PEM; empty where the stack speaks no TLS
 */
export function environmentOf(outputs: StackOutputs, ca: string, options: EnvOptions = {}): EnvSection[] {
  const { roles = Object.keys(variables) as EnvRole[], formats: wanted = formats, processes, schema } = options;
  return roles.map((role) => {
    const login = loginOf(outputs, role);
    const plan = poolPlan(outputs, role, processes);
    const entries = wanted.map((format) => [nameOf(role, format), textIn[format](login, plan, { ca, schema })]);
    return { role, variables: Object.fromEntries(entries) };
  });
}

const nameOf = (role: RoleName & EnvRole, format: Format) =>
  format === "prisma" ? variables[role] : `${variables[role]}_${format.toUpperCase()}`;

const textIn: Record<
  Format,
  (login: Login, plan: PoolPlan, more: { ca: string; schema: string | undefined }) => string
> = {
  prisma: (login, plan, { schema }) => prismaUrl(login, plan, schema),
  libpq: (login, plan) => libpqUrl(login, plan),
  jdbc: (login, plan) => jdbcUrl(login, plan),
  pool: (login, plan, { ca }) => JSON.stringify(nodePostgresOptions(login, plan, ca)),
};

/** How a file of ours begins: by that it is told from one that somebody wrote by hand. */
export const firstLine = "# Connection strings of the stack";

/** The text of an .env file; dotenv, Node's --env-file and a shell read the same from it. */
export function envFileText(stack: string, sections: EnvSection[]): string {
  const lines = sections.flatMap(({ role, variables }) => [
    "",
    `# ${comments[role]}`,
    ...Object.entries(variables).map(([name, value]) => `${name}='${escapeQuotes(value)}'`),
  ]);
  return [`${firstLine} ${stack}, written by npm run env. They hold passwords.`, ...lines, ""].join("\n");
}

/** URLs hold no quote; JSON may hold one, in a password, and has another way to write it. */
const escapeQuotes = (value: string) => value.replaceAll("'", "\\u0027");

/** The same for eyes and logs: every password as [secret]. */
export function maskSections(sections: EnvSection[], outputs: StackOutputs): EnvSection[] {
  return sections.map(({ role, variables }) => {
    const { password } = outputs.roles[role];
    const written = [encode(password), JSON.stringify(password).slice(1, -1)];
    const mask = (text: string) => written.reduce((masked, secret) => masked.replaceAll(secret, "[secret]"), text);
    return { role, variables: Object.fromEntries(Object.entries(variables).map(([name, text]) => [name, mask(text)])) };
  });
}
