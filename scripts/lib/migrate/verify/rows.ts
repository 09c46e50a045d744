import { LandfallError } from "../../cli/errors.ts";
import type { Reporter } from "../../cli/reporter.ts";
import type { RowsInput } from "./input.ts";
import { emptyQuarantine, readQuarantine } from "./quarantine.ts";
import { checkServer } from "./server.ts";
import { TargetConnections } from "./target-connections.ts";
import { type QuarantineDigest, sourceDigest, type TableCase, type TableResult } from "./values/prove.ts";
import { proveOrSay } from "./values/prove-or-say.ts";
import { Readers, readerCount } from "./values/readers.ts";
import type { SourceDigest } from "./values/tasks.ts";

/** What the comparison of all rows came to, and when. */
export interface RowsResult {
  /** In the plan's order. */
  tables: TableResult[];
  /** What the target's quarantine holds, by the source's table. */
  quarantine: Map<string, QuarantineDigest>;
  /** The server's version, as "PostgreSQL 15.18". */
  server: string;
  /** From the moment that the target was looked at. */
  durationMs: number;
  /** In ms since 1970. */
  endedAt: number;
}

interface SourceSide {
  input: RowsInput;
  cases: TableCase[];
  /** In the order of the cases. */
  digests: Promise<SourceDigest>[];
}

/** With a table of so many rows, all readers will have work. */
const manyRows = 100_000;

/**
 * Compares every value of every row with all that the target holds at one moment. Each side can begin as early as it may, beside
 * other steps: the snapshot as soon as there is a plan, since it never changes; the target once nothing locks a table against
 * readers. Indexes, constraints and views play no part.
 */
export class RowsProof {
  readonly #reporter: Reporter;
  readonly #readers = new Readers();
  #source: SourceSide | undefined;
  #connections: TargetConnections | undefined;
  #result: Promise<RowsResult> | undefined;
  #ended = false;

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  /**
   * Begins with the snapshot, with half of the cores: others are at work.
   * @throws {LandfallError} usage, where the plan is of another snapshot
   */
  readSource(input: RowsInput): void {
    this.#openSource(input, Math.max(1, readerCount() >> 1));
  }

  /** Begins with the target, and reads what is left of the snapshot with all cores. */
  readTarget(): void {
    if (!this.#source) throw new Error("the source is read first");
    this.#result ??= this.#compare(this.#source);
    // Its error is for whoever asks for the result. Where another step fails before that, that one's is told.
    this.#result.catch(() => {});
  }

  /**
   * Begins what has not begun.
   * @throws {LandfallError} target, source; a difference is a result, not an error
   */
  async result(input: RowsInput): Promise<RowsResult> {
    if (!this.#source) this.#openSource(input, readerCount());
    this.readTarget();
    return (await this.#result) as RowsResult;
  }

  /** Ends it, wherever it is: no thread and no connection of it is left. What the server had under way ends with its connection. */
  async end(): Promise<void> {
    this.#ended = true;
    await Promise.all([this.#readers.close(), this.#connections?.close()]);
    await this.#result?.catch(() => {});
  }

  #openSource(input: RowsInput, threads: number): void {
    const cases = casesOf(input);
    this.#readers.allow(threads, isBig(input));
    const digests = cases.map((table) => sourceDigest(table, this.#readers));
    for (const digest of digests) digest.catch(() => {});
    this.#source = { input, cases, digests };
  }

  async #compare({ input, cases, digests }: SourceSide): Promise<RowsResult> {
    const started = Date.now();
    this.#readers.allow(readerCount(), isBig(input));
    const connections = await TargetConnections.open(input.target, Math.max(2, Math.floor(readerCount() / 2)));
    this.#connections = connections;
    try {
      if (this.#ended) throw new Error("the comparison was ended");
      const server = await checkServer(connections.first);
      const quarantine = await readQuarantine(connections.first, input.runId, input.plan.tables, input.folder);
      const progress = this.#reporter.progress("verifying", cases.length, "tables");
      const tables: TableResult[] = [];
      let proven = 0;
      try {
        await connections.each([...cases.entries()], async ([place, table], connection) => {
          const first = digests[place] as Promise<SourceDigest>;
          const aside = quarantine.get(table.plan.source) ?? emptyQuarantine();
          tables[place] = await proveOrSay(table, first, aside, this.#readers, connection);
          progress.update(++proven);
        });
      } finally {
        progress.done();
      }
      return { tables, quarantine, server, durationMs: Date.now() - started, endedAt: Date.now() };
    } finally {
      await connections.close();
    }
  }
}

const isBig = ({ profile }: RowsInput) => profile?.tables.some(({ rows }) => rows >= manyRows) ?? false;

function casesOf({ snapshot, catalog, plan, profile }: RowsInput): TableCase[] {
  const sources = new Map(catalog.tables.map((table) => [table.name, table]));
  const profiles = new Map(profile?.tables.map((table) => [table.name, table]));
  return plan.tables.map((table) => {
    const source = sources.get(table.source);
    if (!source)
      throw new LandfallError("usage", `the plan's table ${table.source} is not in the snapshot`, "make a new plan");
    return {
      ...{ file: snapshot.file, encoding: catalog.encoding, plan: table, schema: plan.schema, catalog: source },
      profile: profiles.get(table.source),
    };
  });
}
