import type { StackOutputs } from "../contract.ts";
import type { StackConfig } from "../schema.ts";
import { parseSpan } from "../settings.ts";
import { poolerRole, scramVerifier } from "./roles.ts";

/** The roles whose connections go through the pooler; each has a pool of its own. */
export const pooledRoles = ["app", "readonly"] as const;

/** Enough to keep a small server busy; more connections at work only wait for each other. */
const usualPoolSize = 20;

/**
 * Divides the server's connections: what is reserved for direct sessions, and the rest for the pools, so that
 * sum of the pools ≤ max_db_connections ≤ max_connections − reserved.
 */
export function poolBudget({ postgresql, pooler }: Pick<StackConfig, "postgresql" | "pooler">): StackOutputs["budget"] {
  const reserved = pooler.reserved_connections;
  const maxDbConnections = pooler.max_db_connections ?? postgresql.max_connections - reserved;
  const share = Math.floor(maxDbConnections / pooledRoles.length);
  return {
    maxConnections: postgresql.max_connections,
    reserved,
    maxDbConnections,
    poolSize: pooler.default_pool_size ?? Math.min(usualPoolSize, share),
    maxClients: pooler.max_client_conn,
  };
}

export interface PgbouncerArgs {
  database: { name: string; host: string; port: number };
  listen: { host: string; port: number };
  authFile: string;
  /** The role that looks passwords up, with `authQuery`. */
  authRole: string;
  authQuery: string;
  /** The pooler's own certificate for its clients, and the authority that it knows the server by. */
  tls: { certificate: string; key: string; ca: string };
  /** May read the pooler's own statistics. */
  statsRole: string;
  config: Pick<StackConfig, "postgresql" | "pooler">;
}

/** Settings that PgBouncer reads only when it starts; any other takes a reload. Source: its manual, "config". */
const startOnly = new Set(["listen_addr", "listen_port", "unix_socket_dir", "max_client_conn"]);

/** The text of pgbouncer.ini, and of the part of it that only a restart applies. */
export function pgbouncerIni(args: PgbouncerArgs): { text: string; startOnly: string } {
  const { database, listen, config } = args;
  const budget = poolBudget(config);
  const seconds = (value: string) => String(parseSpan(value) / 1000);
  const settings: Record<string, string> = {
    listen_addr: listen.host,
    listen_port: String(listen.port),
    // Only TCP: one way in, the same on every target.
    unix_socket_dir: "",
    auth_type: "scram-sha-256",
    auth_file: args.authFile,
    auth_user: args.authRole,
    auth_query: args.authQuery,
    stats_users: args.statsRole,
    // Both hops: the client must speak TLS, and the server must be who it says it is.
    client_tls_sslmode: "require",
    client_tls_cert_file: args.tls.certificate,
    client_tls_key_file: args.tls.key,
    server_tls_sslmode: "verify-full",
    server_tls_ca_file: args.tls.ca,
    pool_mode: "transaction",
    max_client_conn: String(budget.maxClients),
    default_pool_size: String(budget.poolSize),
    max_db_connections: String(budget.maxDbConnections),
    query_wait_timeout: seconds(config.pooler.query_wait_timeout),
    query_timeout: seconds(config.pooler.query_timeout),
    client_idle_timeout: seconds(config.pooler.client_idle_timeout),
    server_idle_timeout: seconds(config.pooler.server_idle_timeout),
    server_lifetime: seconds(config.pooler.server_lifetime),
    server_connect_timeout: seconds(config.pooler.server_connect_timeout),
    idle_transaction_timeout: seconds(config.pooler.idle_transaction_timeout),
    // A server that comes back, perhaps at another address, is used again within seconds, not after a quarter of a minute.
    server_login_retry: "1",
    dns_max_ttl: "5",
    // Drivers send these at login; the pooler cannot keep them for a client and must not refuse the client for them.
    ignore_startup_parameters: "extra_float_digits,options,search_path",
    // A line for every login is noise once clients come and go by the second.
    log_connections: "0",
    log_disconnections: "0",
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}`);
  const target = `host=${database.host} port=${database.port} dbname=${database.name}`;
  return {
    text: ["[databases]", `${database.name} = ${target}`, "", "[pgbouncer]", ...lines, ""].join("\n"),
    startOnly: lines.filter((line) => startOnly.has(line.split(" = ")[0] ?? "")).join("\n"),
  };
}

/** The pooler's own two logins: the one that it looks passwords up with, and the one that reads its statistics. */
export const userlistFile = (pooler: string, monitor: string): string =>
  `"${poolerRole}" "${pooler}"\n"monitor" "${scramVerifier("monitor", monitor)}"\n`;

/** PgBouncer keeps protocol-level prepared statements through transaction pooling from 1.21 on. */
export function keepsPreparedStatements(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 1 || (major === 1 && minor >= 21);
}
