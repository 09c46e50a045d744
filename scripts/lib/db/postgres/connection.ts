import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import pg from "pg";
import { LandfallError, messageOf } from "../../cli/errors.ts";
import { toTargetError } from "./errors.ts";
import { quoteIdentifier } from "./identifiers.ts";
import { describeTarget, type Target } from "./target.ts";

/** A row of a query's result, by column name. */
export type Row = Record<string, unknown>;

/**
 * One connection to the target, with the target's role set. Every error that leaves it is a LandfallError or, where the
 * caller wants to look at it, the server's own error (`queryRaw`).
 */
export class Connection {
  readonly target: Target;
  readonly client: pg.Client;
  #failure: Error | undefined;

  private constructor(target: Target, client: pg.Client) {
    this.target = target;
    this.client = client;
    // Without a listener, a connection that breaks while idle would end the process.
    client.on("error", (error) => {
      this.#failure ??= error;
    });
  }

  /**
   * Connects, checks the version and sets the role.
   * @param name shown in pg_stat_activity
   * @throws {LandfallError} target
   */
  static async open(target: Target, name = "landfall"): Promise<Connection> {
    const client = new pg.Client({
      host: target.host,
      port: target.port,
      database: target.database,
      user: target.user,
      ...(target.password === undefined ? {} : { password: target.password }),
      ssl: tlsOptions(target),
      application_name: name,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    const connection = new Connection(target, client);
    try {
      await client.connect();
      // Fixed, so that no server-side setting changes what a value looks like or how one is read.
      await client.query(
        "SET DateStyle = 'ISO, YMD'; SET TimeZone = 'UTC'; SET IntervalStyle = 'iso_8601'; SET extra_float_digits = 1; " +
          "SET bytea_output = 'hex'; SET standard_conforming_strings = on; SET client_encoding = 'UTF8'; " +
          "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET client_min_messages = warning",
      );
      if (target.role) await client.query(`SET ROLE ${quoteIdentifier(target.role)}`);
      return connection;
    } catch (error) {
      client.end().catch(() => {});
      throw toTargetError(error, target);
    }
  }

  /** Runs a query. @throws {LandfallError} */
  async query<R extends object = Row>(text: string, values?: unknown[]): Promise<R[]> {
    try {
      return await this.queryRaw<R>(text, values);
    } catch (error) {
      throw toTargetError(error, this.target);
    }
  }

  /** Runs a query and lets the server's own error through, for callers that decide by its code. */
  async queryRaw<R extends object = Row>(text: string, values?: unknown[]): Promise<R[]> {
    if (this.#failure) throw toTargetError(this.#failure, this.target);
    const result = await this.client.query(text, values);
    // Several statements at once give several results: the last one counts.
    const last = Array.isArray(result) ? result.at(-1) : result;
    return (last?.rows ?? []) as R[];
  }

  /** Runs a query and gives its rows as arrays of the values' text forms, whatever their types. */
  async queryTexts(text: string, values: unknown[] = []): Promise<(string | null)[][]> {
    if (this.#failure) throw toTargetError(this.#failure, this.target);
    const types = { getTypeParser: () => (value: string) => value };
    try {
      const result = await this.client.query({
        text,
        values,
        rowMode: "array",
        types,
      } as unknown as pg.QueryArrayConfig);
      return result.rows as (string | null)[][];
    } catch (error) {
      throw toTargetError(error, this.target);
    }
  }

  /** The first row. @throws {LandfallError} also where there is none */
  async one<R extends object = Row>(text: string, values?: unknown[]): Promise<R> {
    const [row] = await this.query<R>(text, values);
    if (!row) throw new LandfallError("internal", `no row came back from: ${text}`, "report this with the command");
    return row;
  }

  /** Runs `work` in a transaction; rolls back where it throws. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    await this.query("BEGIN");
    try {
      const result = await work();
      await this.query("COMMIT");
      return result;
    } catch (error) {
      await this.client.query("ROLLBACK").catch(() => {});
      throw error;
    }
  }

  /** Server version as a number, for example 150018. */
  async serverVersion(): Promise<number> {
    const row = await this.one<{ v: string }>("SELECT current_setting('server_version_num') AS v");
    return Number(row.v);
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => {});
  }
}

/** Opens a connection, gives it to `work` and closes it whatever happens. */
export async function withConnection<T>(target: Target, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.open(target);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

function tlsOptions(target: Target): false | ConnectionOptions {
  const { tls } = target;
  if (tls.mode === "disable" || target.host.startsWith("/")) return false;
  if (tls.mode === "require") return { rejectUnauthorized: false };
  if (!tls.caFile) return { rejectUnauthorized: true };
  try {
    return { rejectUnauthorized: true, ca: readFileSync(tls.caFile, "utf8") };
  } catch (error) {
    throw new LandfallError(
      "target",
      `the certificate authority's file for ${describeTarget(target)} cannot be read: ${messageOf(error)}`,
      "check sslrootcert",
    );
  }
}
