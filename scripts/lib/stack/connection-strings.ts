import type { RoleName, StackOutputs } from "../../../infra/contract.ts";

/**
 * How an application logs in, written as each driver wants it. Pure: what a file holds (the authority's certificate) comes
 * in as text.
 */

/** One login at one address. */
export interface Login {
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
  tls: StackOutputs["database"]["tls"];
  /** Whether a prepared statement outlives its transaction there: always at the database, at a pooler if it keeps them. */
  preparedStatements: boolean;
}

/** How a process pools its connections. */
export interface PoolPlan {
  /** Connections that one process opens at most. */
  limit: number;
  /** Seconds that a connection may take to come about. */
  connectSeconds: number;
  /** Seconds that a query waits for a connection of the process's own pool. */
  waitSeconds: number;
  /** Seconds after which an idle connection is closed. */
  idleSeconds: number;
  /** Times a connection is used before it makes room for a new one, so that none grows old. */
  maxUses: number;
}

/** Roles whose connections go through the pooler; the others speak to the database itself. */
const pooledRoles: readonly RoleName[] = ["app", "readonly"];
/** A migration is one connection at work, and one that watches or holds a lock. */
const directLimit = 2;

/** The login of a role, through the pooler where that is the role's way in. */
export function loginOf(outputs: StackOutputs, role: RoleName): Login {
  const { name: user, password } = outputs.roles[role];
  const { name: database } = outputs.database;
  if (!pooledRoles.includes(role)) {
    const { host, port, tls } = outputs.database;
    return { host, port, database, user, password, tls, preparedStatements: true };
  }
  const { host, port, tls, preparedStatements } = outputs.pooler;
  return { host, port, database, user, password, tls, preparedStatements };
}

/**
 * A pool that fits the stack's budget: a process may use the whole of its role's pool at the server, and all processes of
 * all pooled roles together stay below what the pooler accepts.
 * @param processes how many processes of the application run at once
 */
export function poolPlan(outputs: StackOutputs, role: RoleName, processes = 1): PoolPlan {
  const { poolSize, maxClients } = outputs.budget;
  const share = Math.floor(maxClients / (pooledRoles.length * processes));
  const limit = pooledRoles.includes(role) ? Math.max(1, Math.min(poolSize, share)) : directLimit;
  return { limit, connectSeconds: 10, waitSeconds: 20, idleSeconds: 30, maxUses: 7500 };
}

/**
 * For Prisma's own engine. It knows only `require`; with `sslaccept=strict` it checks the server against the authority that
 * `sslcert` names. `pgbouncer=true` turns its named statements off, so it is there only where the pooler would lose them.
 */
export function prismaUrl(login: Login, plan: PoolPlan, schema = "public"): string {
  return urlOf(login, "postgresql", {
    schema,
    ...(login.tls.mode === "disable"
      ? { sslmode: "disable" }
      : { sslmode: "require", sslaccept: "strict", sslcert: login.tls.caFile }),
    connection_limit: plan.limit,
    pool_timeout: plan.waitSeconds,
    connect_timeout: plan.connectSeconds,
    ...(login.preparedStatements ? {} : { pgbouncer: "true" }),
  });
}

/** For psql, pg_dump, and every driver that is built on libpq or reads what it reads. */
export function libpqUrl(login: Login, plan: PoolPlan, name?: string): string {
  return urlOf(login, "postgresql", {
    ...tlsParameters(login),
    connect_timeout: plan.connectSeconds,
    ...(name ? { application_name: name } : {}),
  });
}

/** For pgJDBC. `prepareThreshold=0` keeps it from named statements where the pooler would lose them. */
export function jdbcUrl(login: Login, plan: PoolPlan, name?: string): string {
  const query = queryOf({
    user: login.user,
    password: login.password,
    ...tlsParameters(login),
    connectTimeout: plan.connectSeconds,
    ...(login.preparedStatements ? {} : { prepareThreshold: 0 }),
    ...(name ? { ApplicationName: name } : {}),
  });
  return `jdbc:postgresql://${hostOf(login)}:${login.port}/${encode(login.database)}?${query}`;
}

/** What `new Pool(…)` of node-postgres takes; JSON. */
export interface NodePostgresOptions {
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
  max: number;
  idleTimeoutMillis: number;
  connectionTimeoutMillis: number;
  maxUses: number;
  ssl: false | { rejectUnauthorized: true; ca: string };
}

/**
 * For node-postgres.
 * @param ca the authority's certificate, PEM: the options hold it, so that they need no file
 */
export function nodePostgresOptions(login: Login, plan: PoolPlan, ca: string): NodePostgresOptions {
  const { host, port, database, user, password } = login;
  return {
    ...{ host, port, database, user, password },
    max: plan.limit,
    idleTimeoutMillis: plan.idleSeconds * 1000,
    // There it is one time for both: to wait for the pool, and to connect.
    connectionTimeoutMillis: plan.waitSeconds * 1000,
    maxUses: plan.maxUses,
    ssl: login.tls.mode === "disable" ? false : { rejectUnauthorized: true, ca },
  };
}

const tlsParameters = ({ tls }: Login): Record<string, string> =>
  tls.mode === "disable" ? { sslmode: "disable" } : { sslmode: "verify-full", sslrootcert: tls.caFile };

function urlOf(login: Login, scheme: string, parameters: Record<string, string | number>): string {
  const who = `${encode(login.user)}:${encode(login.password)}`;
  return `${scheme}://${who}@${hostOf(login)}:${login.port}/${encode(login.database)}?${queryOf(parameters)}`;
}

const queryOf = (parameters: Record<string, string | number>) =>
  Object.entries(parameters)
    .map(([name, value]) => `${name}=${encode(String(value))}`)
    .join("&");

const hostOf = ({ host }: Login) => (host.includes(":") ? `[${host}]` : host);

/**
 * Percent-encoding that every reader undoes: a space is %20, because libpq takes + for itself, and quotes are encoded too,
 * so that the text can stand in quotes of a shell or an .env file.
 */
export const encode = (text: string) =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
