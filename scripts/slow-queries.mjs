#!/usr/bin/env zx
// Tells which statements cost the most time.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { count, duration, table } = await import("./lib/cli/table.ts");
const { withConnection } = await import("./lib/db/postgres/connection.ts");
const { slowQueries } = await import("./lib/db/slow-queries.ts");
const { loadStack } = await import("./lib/stack/outputs.ts");
const { databaseTarget } = await import("./lib/stack/targets.ts");

await runVerb(import.meta, {
  summary: "Show the twenty kinds of statement that took the most time in all.",
  details:
    "From pg_stat_statements, without the values in the statements. The schedule writes the same into its log daily.",
  mutates: false,
  run: async ({ stack }) => {
    const target = databaseTarget(await loadStack(stack), "monitor");
    const queries = await withConnection(target, (connection) => slowQueries(connection, 20));
    const percent = (/** @type {number | null} */ share) => (share === null ? "" : `${Math.round(share * 100)} %`);
    const rows = queries.map((query) => [
      duration(query.totalMs),
      percent(query.share),
      count(query.calls),
      duration(query.meanMs),
      duration(query.maxMs),
      percent(query.cacheHits),
      query.role,
      query.query.slice(0, 100),
    ]);
    return {
      data: queries,
      text: table([">total", ">share", ">calls", ">mean", ">longest", ">cached", "role", "statement"], rows),
    };
  },
});
