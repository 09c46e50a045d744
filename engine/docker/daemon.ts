import Docker from "dockerode";

/** The Docker Engine API, as its client library gives it. */
export type Daemon = Docker;

const defaultHost = "unix:///var/run/docker.sock";

/** Connects to the daemon that DOCKER_HOST or, before it, the provider's own configuration names. */
export function connect(host?: string): Daemon {
  if (!host || host === process.env.DOCKER_HOST) return new Docker();
  if (host.startsWith("unix://")) return new Docker({ socketPath: host.slice("unix://".length) });
  if (host.startsWith("npipe://")) return new Docker({ socketPath: host.slice("npipe://".length) });
  const url = new URL(host);
  if (url.protocol === "tcp:" || url.protocol === "http:")
    return new Docker({ protocol: "http", host: url.hostname, port: url.port || "2375" });
  throw new Error(
    `the built-in Docker provider cannot connect to ${host}\nTry: name the daemon in DOCKER_HOST, or install the Pulumi CLI`,
  );
}

/** An answer of the daemon that says no, or the lack of any answer. */
interface DaemonError extends Error {
  statusCode?: number;
  code?: string;
  json?: { message?: string } | null;
}

/**
 * Waits for the daemon's answer, and says what was asked of it where it refuses.
 * @param what what is done, as "make the container db"
 */
export async function ask<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw explain(what, error as DaemonError);
  }
}

/** The same, but undefined where there is no such thing. */
export async function askFor<T>(what: string, answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw explain(what, error as DaemonError);
  }
}

/** The HTTP status that the daemon refused with; undefined for other errors. */
export const statusOf = (error: unknown): number | undefined =>
  (error as DaemonError).statusCode ?? ((error as Error).cause as DaemonError | undefined)?.statusCode;

function explain(what: string, error: DaemonError): Error {
  const where = process.env.DOCKER_HOST ?? defaultHost;
  switch (error.code) {
    case "ENOENT":
    case "ECONNREFUSED":
    case "ENOTFOUND":
    case "EHOSTUNREACH":
    case "ETIMEDOUT":
      return new Error(
        `no Docker daemon answers at ${where}\nTry: start it (systemctl start docker, or Docker Desktop), or name another in DOCKER_HOST`,
        { cause: error },
      );
    case "EACCES":
    case "EPERM":
      return new Error(
        `this account may not speak to the Docker daemon at ${where}\nTry: add it to the group docker and log in again`,
        { cause: error },
      );
    case "ECONNRESET":
    case "EPIPE":
      return new Error(
        `the Docker daemon went away while asked to ${what}\nTry: look into its log, and run this again`,
        {
          cause: error,
        },
      );
  }
  const said = error.json?.message ?? error.message;
  return new Error(`Docker refused to ${what}: ${said.trim()}${hintFor(said)}`, { cause: error });
}

function hintFor(said: string): string {
  if (/port is already allocated|address already in use/i.test(said))
    return "\nTry: choose another port, or stop what listens there (docker ps)";
  if (/no space left/i.test(said)) return "\nTry: docker system df, then docker image prune";
  if (/name .* is already in use/i.test(said)) return "\nTry: docker rm or docker rename the one that has it";
  return "";
}
