import pg from "pg";

/** One row of a SHOW command: column names to text. */
export type ConsoleRow = Record<string, string>;

/**
 * Asks PgBouncer's admin console. It speaks the simple query protocol only, so there are no parameters.
 * @param connectionString postgres://…/pgbouncer
 */
export async function askConsole<const T extends string>(
  connectionString: string,
  commands: T[],
): Promise<Record<T, ConsoleRow[]>> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5000, query_timeout: 5000 });
  // Without a listener, a server that goes away in between would end the process.
  client.on("error", () => {});
  try {
    await client.connect();
    const answers: [T, ConsoleRow[]][] = [];
    for (const command of commands) answers.push([command, (await client.query(`SHOW ${command}`)).rows]);
    return Object.fromEntries(answers) as Record<T, ConsoleRow[]>;
  } finally {
    await client.end().catch(() => {});
  }
}
