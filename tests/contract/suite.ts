import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parseEnv } from "node:util";
import pg from "pg";
import { dashboardFile } from "../../infra/components/grafana.ts";
import { parseStackOutputs, type RoleName, type StackOutputs } from "../../infra/contract.ts";
import { issueAuthority } from "../../machine/certificates.ts";
import { isFree } from "../../machine/ports.ts";
import { findProgram } from "../../machine/programs.ts";
import { run } from "../../machine/run.ts";
import { Checkout } from "../support/checkout.ts";

/** What one target brings to the suite that all targets must pass. */
export interface ContractTarget {
  stack: string;
  /** Why the target cannot run where this is; false where it can. */
  skip: string | false;
  /** Lines below `config:` that the target needs here, such as the base image at hand. */
  config: string;
  /** Text by which what the stack leaves on the machine can be told: in process arguments, container names. */
  traces: (outputs: StackOutputs) => Promise<string[]>;
}

/** A stack under test, for what a target tests beyond the contract. */
export class StackUnderTest {
  readonly checkout = new Checkout();
  readonly target: ContractTarget;
  outputs!: StackOutputs;
  #configured = "";
  #up = "";

  constructor(target: ContractTarget) {
    this.target = target;
    this.configure("");
  }

  /** Writes the stack's file: what the target needs, and `lines` more below `config:`. */
  configure(lines: string): void {
    const text = `config:\n  landfall:target: ${targetOf(this.target.stack)}\n${this.target.config}${lines}`;
    writeFileSync(this.checkout.path("stacks", `Pulumi.${this.target.stack}.yaml`), text);
    this.#configured = text;
  }

  /** Whether the configuration is another one than at the last `up`. */
  get isStale(): boolean {
    return this.#configured !== this.#up;
  }

  verb(name: string, ...args: string[]) {
    return this.checkout.verb(name, "--stack", this.target.stack, ...args);
  }

  /** Brings the stack up and reads what it hands over, as a script would. */
  async up(): Promise<{ changes: Record<string, number> }> {
    const result = await this.verb("up", "--json");
    assert.equal(result.code, 0, result.stderr);
    this.outputs = await this.readOutputs();
    this.#up = this.#configured;
    return JSON.parse(result.stdout);
  }

  async readOutputs(): Promise<StackOutputs> {
    const result = await this.verb("outputs", "--show-secrets", "--json");
    assert.equal(result.code, 0, result.stderr);
    return parseStackOutputs(JSON.parse(result.stdout));
  }

  client(
    role: RoleName,
    via: "database" | "pooler",
    login = this.outputs.roles[role],
    database = this.outputs.database.name,
  ): pg.Client {
    const { host, port, tls } = this.outputs[via];
    assert.equal(tls.mode, "verify-full");
    const ssl = { ca: readFileSync(tls.caFile, "utf8") };
    return new pg.Client({ host, port, user: login.name, password: login.password, ssl, database });
  }

  async ask(
    role: RoleName,
    text: string,
    via: "database" | "pooler" = role === "app" || role === "readonly" ? "pooler" : "database",
  ) {
    const client = this.client(role, via);
    await client.connect();
    try {
      return (await client.query({ text, rowMode: "array" })).rows.flat() as unknown[];
    } finally {
      await client.end();
    }
  }
}

const targetOf = (stack: string) => (stack === "docker" ? "docker" : "native");

/** The tests that every target must pass. Between `beginning` and `end` a target may add its own. */
export function contractSuite(target: ContractTarget, own: (stack: StackUnderTest) => void): void {
  const stack = new StackUnderTest(target);
  const { skip } = target;
  after(async () => {
    if (!skip) await stack.verb("down");
    stack.checkout.remove();
  });
  test("up brings up every part, and each answers", { skip }, async () => {
    const { changes } = await stack.up();
    assert.ok((changes.create ?? 0) > 30, "resources were created");
    const status = await stack.verb("status", "--json");
    assert.equal(status.code, 0, status.stderr);
    const parts = JSON.parse(status.stdout).parts as { name: string; answers: boolean }[];
    assert.deepEqual(
      parts.filter(({ answers }) => !answers),
      [],
    );
    assert.ok(parts.length >= 7);
  });

  test("the outputs are complete and typed", { skip }, () => {
    assert.equal(stack.outputs.stack, target.stack);
    assert.equal(stack.outputs.contract, 1);
    const passwords = Object.values(stack.outputs.roles).flatMap((role) =>
      typeof role === "string" ? [] : [role.password],
    );
    assert.equal(new Set(passwords).size, 5, "each role has a password of its own");
  });

  test("the application writes through the pooler what the migrator made directly", { skip }, async () => {
    await stack.ask("migrator", "CREATE TABLE item (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text)");
    assert.deepEqual(await stack.ask("migrator", "SELECT tableowner FROM pg_tables WHERE tablename = 'item'"), [
      "owner",
    ]);
    await stack.ask("app", "INSERT INTO item (name) VALUES ('one')");
    assert.deepEqual(await stack.ask("readonly", "SELECT name FROM item"), ["one"]);
  });

  test("each role may do its work and no more", { skip }, async () => {
    await assert.rejects(stack.ask("readonly", "DELETE FROM item"), /permission denied/);
    await assert.rejects(stack.ask("app", "CREATE TABLE mine ()"), /permission denied/);
    await assert.rejects(stack.ask("monitor", "SELECT * FROM public.item"), /permission denied/);
    assert.deepEqual(await stack.ask("monitor", "SELECT count(*) > 0 FROM pg_stat_activity"), [true]);
    const superusers =
      "SELECT count(*)::int FROM pg_roles WHERE rolsuper AND rolname = ANY(ARRAY['app','migrator','owner','monitor','backup','pooler'])";
    assert.deepEqual(await stack.ask("monitor", superusers), [0]);
    for (const role of ["app", "readonly"] as const)
      await assert.rejects(stack.client(role, "database", stack.outputs.roles[role], "postgres").connect());
    await assert.rejects(stack.client("migrator", "pooler").connect(), "the migrator has no business at the pooler");
  });

  test("nothing but TLS is spoken, and the server must be who it says it is", { skip }, async () => {
    const { name: user, password } = stack.outputs.roles.app;
    for (const { host, port } of [stack.outputs.database, stack.outputs.pooler]) {
      const plain = new pg.Client({ host, port, user, password, database: stack.outputs.database.name });
      await assert.rejects(plain.connect(), /no pg_hba.conf entry|SSL required/);
      const strangersCa = new pg.Client({
        host,
        port,
        user,
        password,
        database: stack.outputs.database.name,
        ssl: { ca: otherAuthority },
      });
      await assert.rejects(strangersCa.connect(), /certificate|self-signed/i);
    }
    const hop =
      "SELECT count(*)::int FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.usename LIKE 'app%' AND NOT s.ssl";
    assert.deepEqual(await stack.ask("app", hop), [0]);
  });

  test("the settings asked for are the settings in force", { skip }, async () => {
    stack.configure(
      "  landfall:postgresql:\n    work_mem: 9MB\n    max_connections: 60\n    log_min_duration_statement: 250ms\n    archive_timeout: 45s\n  landfall:pooler:\n    max_client_conn: 300\n    query_wait_timeout: 20s\n",
    );
    const { changes } = await stack.up();
    assert.equal(changes.replace ?? 0, 0, "no setting takes more than a restart");
    const inForce =
      "SELECT current_setting('work_mem'), current_setting('max_connections'), current_setting('log_min_duration_statement'), current_setting('archive_timeout')";
    assert.deepEqual(await stack.ask("monitor", inForce), ["9MB", "60", "250ms", "45s"]);
    const console = stack.client("monitor", "pooler", stack.outputs.roles.monitor, "pgbouncer");
    await console.connect();
    const rows = (await console.query("SHOW CONFIG")).rows as { key: string; value: string }[];
    await console.end();
    const value = (key: string) => rows.find((row) => row.key === key)?.value;
    assert.deepEqual(
      [value("max_client_conn"), value("query_wait_timeout"), value("pool_mode")],
      ["300", "20", "transaction"],
    );
    assert.equal(Number(value("max_db_connections")), stack.outputs.budget.maxDbConnections);
  });

  test("a changed setting changes what it must, and nothing else", { skip }, async () => {
    stack.configure(
      "  landfall:postgresql:\n    work_mem: 7MB\n    max_connections: 60\n    log_min_duration_statement: 250ms\n    archive_timeout: 45s\n  landfall:pooler:\n    max_client_conn: 300\n    query_wait_timeout: 20s\n",
    );
    const started = "SELECT pg_postmaster_start_time()::text";
    const before = await stack.ask("monitor", started);
    const { changes } = await stack.up();
    assert.deepEqual(
      [changes.update, changes.create ?? 0, changes.delete ?? 0],
      [2, 0, 0],
      "the file, and the process that reads it",
    );
    assert.deepEqual(await stack.ask("monitor", started), before, "work_mem takes a reload only");
    assert.deepEqual(await stack.ask("monitor", "SHOW work_mem"), ["7MB"]);
  });

  test("the pool budget holds under 200 clients", { skip }, async () => {
    const clients = await Promise.all(
      Array.from({ length: 200 }, async () => {
        const client = stack.client("app", "pooler");
        client.on("error", () => {});
        await client.connect();
        return client;
      }),
    );
    const most = { app: 0, all: 0 };
    let busy = true;
    const watch = (async () => {
      const count =
        "SELECT count(*) FILTER (WHERE usename ~ '^app')::int, count(*)::int FROM pg_stat_activity WHERE usename ~ '^(app|readonly|pooler)'";
      while (busy) {
        const [app, all] = (await stack.ask("monitor", count)) as [number, number];
        most.app = Math.max(most.app, app);
        most.all = Math.max(most.all, all);
      }
    })();
    const results = await Promise.allSettled(clients.map((client) => client.query("SELECT pg_sleep(0.05)")));
    busy = false;
    await watch;
    await Promise.allSettled(clients.map((client) => client.end()));
    assert.deepEqual(
      results.filter(({ status }) => status === "rejected"),
      [],
      "every client was served",
    );
    const { maxDbConnections, poolSize } = stack.outputs.budget;
    assert.ok(
      most.app > 1 && most.app <= poolSize,
      `${most.app} connections of the application, in a pool of ${poolSize}`,
    );
    assert.ok(
      most.all <= maxDbConnections,
      `${most.all} connections through the pooler, of at most ${maxDbConnections}`,
    );
  });

  test("metrics answer, with the figures that alerts are made of", { skip }, async () => {
    const page = async (url = "") => (await fetch(url)).text();
    const { monitoring } = stack.outputs;
    assert.ok("prometheus" in monitoring, "this target has a Prometheus of its own");
    const { exporters, prometheus } = monitoring;
    assert.match(await page(exporters.postgres), /^pg_up 1$/m);
    assert.match(await page(exporters.pgbouncer), /^pgbouncer_up 1$/m);
    assert.match(await page(exporters.scheduler), /^landfall_job_next_run_timestamp_seconds\{job="backup-full"\} \d+/m);
    const rules = JSON.parse(await page(`${prometheus}/api/v1/rules`)) as {
      data: { groups: { rules: { health: string }[] }[] };
    };
    assert.ok(rules.data.groups[0]?.rules.every(({ health }) => health === "ok" || health === "unknown"));
  });

  test("a backup is taken, and a drill proves it while the application writes", { skip }, async () => {
    const backup = await stack.verb("backup", "--json");
    assert.equal(backup.code, 0, backup.stderr);
    assert.equal(JSON.parse(backup.stdout).backup.type, "full");
    let writing = true;
    let written = 0;
    const writer = (async () => {
      for (; writing; written++) await stack.ask("app", "INSERT INTO item (name) VALUES (repeat('x', 100))");
    })();
    const drill = await stack.verb("restore-drill", "--json");
    writing = false;
    await writer;
    assert.equal(drill.code, 0, drill.stderr);
    const { passed, rows, recoveryTimeMs } = JSON.parse(drill.stdout);
    assert.equal(passed, true);
    assert.ok(recoveryTimeMs > 0);
    assert.ok(written > 0, "there was load");
    assert.ok(
      BigInt(rows) >= 1n && BigInt(rows) < BigInt(written + 1),
      `${rows} rows at the moment, ${written + 1} in the end`,
    );
    assert.deepEqual(
      await stack.ask("app", "SELECT count(*)::int FROM item"),
      [written + 1],
      "the source is untouched",
    );
  });

  test("passwords are rotated while the application stays connected and old logins still work", { skip }, async () => {
    const old = stack.outputs.roles;
    const client = stack.client("app", "pooler");
    await client.connect();
    const rotated = await stack.verb("rotate-passwords", "--json");
    assert.equal(rotated.code, 0, rotated.stderr);
    stack.outputs = await stack.readOutputs();
    assert.deepEqual((await client.query("SELECT 1 AS one")).rows, [{ one: 1 }]);
    await client.end();
    assert.notEqual(stack.outputs.roles.app.password, old.app.password);
    assert.deepEqual(await stack.ask("app", "SELECT count(*) > 0 FROM item"), [true], "the new login works");
    const before = stack.client("app", "pooler", old.app);
    await before.connect();
    await before.end();
    await assert.rejects(
      stack.client("migrator", "database", old.migrator).connect(),
      /password authentication failed/,
    );
    const metrics = await (await fetch(stack.outputs.monitoring.exporters.pgbouncer ?? "")).text();
    assert.match(metrics, /^pgbouncer_up 1$/m, "monitoring has the new password too");
  });

  test("the strings that are written down work as they stand, for libpq and for node-postgres", { skip }, async () => {
    const written = await stack.verb("env", "--write", "--json");
    assert.equal(written.code, 0, written.stderr);
    const path = stack.checkout.path(`.env.${target.stack}`);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const env = parseEnv(readFileSync(path, "utf8"));
    const pool = new pg.Pool(JSON.parse(env.READONLY_DATABASE_URL_POOL ?? ""));
    assert.deepEqual((await pool.query("SELECT current_user AS me")).rows, [{ me: stack.outputs.roles.readonly.name }]);
    await pool.end();
    for (const url of [env.DATABASE_URL_LIBPQ, env.DIRECT_URL_LIBPQ]) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.end();
    }
    const psql = findProgram(["psql"]);
    if (!psql) return console.log("no psql on this machine: libpq's own reading of the URL is not tested");
    const asked = await run(psql, ["-XAt", "-d", env.DATABASE_URL_LIBPQ ?? "", "-c", "SELECT count(*) > 0 FROM item"]);
    assert.equal(asked.stdout.trim(), "t", asked.stderr);
    const shown = await stack.verb("env");
    assert.doesNotMatch(shown.stdout, new RegExp(stack.outputs.roles.app.password));
  });

  test("every figure that Grafana draws is there, with the labels that its legend names", { skip }, async (context) => {
    const { monitoring } = stack.outputs;
    assert.ok("prometheus" in monitoring);
    const { panels } = JSON.parse(dashboardFile()) as {
      panels: { targets: { expr: string; legendFormat: string }[] }[];
    };
    const queries = panels.flatMap(({ targets }) => targets);
    const ask = async (expr: string) => {
      const url = `${monitoring.prometheus}/api/v1/query?query=${encodeURIComponent(expr)}`;
      const answer = (await (await fetch(url)).json()) as {
        status: string;
        error?: string;
        data: { result: { metric: Record<string, string> }[] };
      };
      assert.equal(answer.status, "success", `${expr}: ${answer.error}`);
      return answer.data.result;
    };
    // Empty until the scheduler has ended a job, which may be tonight: then the scheduler at least serves the name.
    const untilLater = "landfall_job_last_success_timestamp_seconds";
    const scheduler = await (await fetch(monitoring.exporters.scheduler ?? "")).text();
    assert.match(scheduler, new RegExp(`^# TYPE ${untilLater} gauge$`, "m"));
    const [later, now] = [true, false].map((wanted) =>
      queries.filter(({ expr }) => expr.includes(untilLater) === wanted),
    );
    for (const { expr } of later ?? []) await ask(expr);
    for (const { expr, legendFormat } of now ?? []) {
      // A rate needs two scrapes.
      let series = await ask(expr);
      for (let tries = 0; tries < 80 && series.length === 0; tries++) {
        await sleep(500);
        series = await ask(expr);
      }
      assert.ok(series.length > 0, `nothing to draw for ${expr}`);
      for (const [, label = ""] of legendFormat.matchAll(/{{(\w+)}}/g)) {
        assert.ok(
          series.some(({ metric }) => metric[label]),
          `${expr} has no label ${label}`,
        );
      }
    }
    context.diagnostic(
      `${panels.length} panels: ${now?.length} expressions have data, ${later?.length} may have none yet`,
    );
  });

  own(stack);

  test("a second up changes nothing and says so", { skip }, async () => {
    if (stack.isStale) await stack.up();
    const again = await stack.verb("up");
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, new RegExp(`^${target.stack}: 0 changes`, "m"));
  });

  test("down leaves nothing", { skip }, async () => {
    const addresses = stack.outputs.parts.map(({ address }) => address);
    const traces = await target.traces(stack.outputs);
    const down = await stack.verb("down");
    assert.equal(down.code, 0, down.stderr);
    assert.deepEqual(
      await target.traces(stack.outputs),
      traces.map(() => ""),
      "something of the stack is left",
    );
    for (const address of addresses) assert.equal(await isFree(Number(address.split(":")[1])), true, address);
  });
}

/** Which lines of a command's output name the stack. */
export async function linesWith(text: string, command: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(command, args);
  return stdout
    .split("\n")
    .filter((line) => line.includes(text))
    .join("\n");
}

/** The certificate of an authority that signed nothing here. */
const otherAuthority = (await issueAuthority("somebody else")).certificate;
