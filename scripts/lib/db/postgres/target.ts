import { LandfallError } from "../../cli/errors.ts";

/** How a client must speak to the server. `caFile` is the path of the authority's certificate. */
export type Tls = { mode: "disable" } | { mode: "require" } | { mode: "verify-full"; caFile?: string };

/**
 * A PostgreSQL database to work on. The library knows no stack: verbs map a stack's outputs, or a URL, to this.
 * A migrator connects to the database itself, never through a pooler.
 */
export interface Target {
  /** Host name, address, or the folder of a unix socket. */
  host: string;
  port: number;
  database: string;
  user: string;
  /** Undefined where the server asks for none, or where .pgpass or PGPASSWORD has it. */
  password?: string | undefined;
  /** The role to SET after connecting, so that it owns what is made. */
  role?: string | undefined;
  tls: Tls;
}

const sslModes: Record<string, Tls["mode"]> = {
  disable: "disable",
  allow: "disable",
  prefer: "disable",
  require: "require",
  "verify-ca": "verify-full",
  "verify-full": "verify-full",
};

/**
 * Reads a target from a postgresql:// URL, with libpq's environment variables (PGHOST, PGPORT, PGUSER, PGDATABASE,
 * PGPASSWORD) for what the URL leaves out.
 * @throws {LandfallError} usage
 */
export function targetFromUrl(text: string, env: NodeJS.ProcessEnv = process.env): Target {
  // libpq takes a user without a host (the host is then a parameter, a socket's folder for one); URL does not.
  const complete = text.replace(/^(postgres(?:ql)?:\/\/[^/@]*@)(?=[/?])/, "$1localhost");
  const url = URL.canParse(complete) ? new URL(complete) : undefined;
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new LandfallError(
      "usage",
      "the target is not a postgresql:// URL",
      "give it as postgresql://user@host:5432/database; the password may come from PGPASSWORD or .pgpass",
    );
  }
  const query = url.searchParams;
  const user = decodeURIComponent(url.username) || query.get("user") || env.PGUSER || env.USER || "postgres";
  const sslMode = query.get("sslmode") ?? env.PGSSLMODE ?? "disable";
  const mode = sslModes[sslMode];
  if (!mode) throw new LandfallError("usage", `unknown sslmode "${sslMode}"`, "use disable, require or verify-full");
  const caFile = query.get("sslrootcert") ?? env.PGSSLROOTCERT;
  return {
    host: query.get("host") ?? (decodeURIComponent(url.hostname) || env.PGHOST || "localhost"),
    port: Number(url.port || query.get("port") || env.PGPORT || 5432),
    database: decodeURIComponent(url.pathname.slice(1)) || env.PGDATABASE || user,
    user,
    password: decodeURIComponent(url.password) || env.PGPASSWORD || undefined,
    role: query.get("role") ?? undefined,
    tls: mode === "verify-full" ? { mode, ...(caFile ? { caFile } : {}) } : { mode },
  };
}

/** The target as a person may see it: without its password. */
export function describeTarget(target: Target): string {
  const host = target.host.startsWith("/") ? `[${target.host}]` : target.host;
  return `postgresql://${target.user}@${host}:${target.port}/${target.database}`;
}
