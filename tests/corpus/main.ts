// `npm run corpus -- FOLDER`: the whole pipeline on every SQLite file of a folder, a line a file.
import { existsSync } from "node:fs";
import { relative } from "node:path";
import { LandfallError } from "../../scripts/lib/cli/errors.ts";
import { count, duration } from "../../scripts/lib/cli/table.ts";
import { runVerb } from "../../scripts/lib/cli/verb.ts";
import { noPostgres, startPostgres } from "../support/postgres.ts";
import { type CorpusResult, corpusFiles, runOne } from "./corpus.ts";

await runVerb<{ waiveUntranslated: boolean }>(import.meta, {
  summary: "Move every SQLite file of a folder into a database of its own, and say of each what became of it.",
  details: "Starts a PostgreSQL of its own and leaves nothing behind. Ends with 0 only where no file FAILED.",
  mutates: false,
  options: (command) =>
    command
      .name("corpus")
      .argument("<folder>", "folder of SQLite files; folders below it are looked into too")
      .option("--waive-untranslated", "leave behind, in print, every object that could not be translated", false),
  run: async ({ args, waiveUntranslated }) => {
    const folder = args[0] ?? "";
    if (!existsSync(folder)) throw new LandfallError("usage", `there is no folder ${folder}`, "name one that is there");
    if (noPostgres) throw new LandfallError("machine", noPostgres, "npm test, which installs it where it may");
    const postgres = await startPostgres();
    const results: CorpusResult[] = [];
    try {
      for (const file of corpusFiles(folder)) {
        const result = await runOne(postgres, file, waiveUntranslated);
        process.stderr.write(`${relative(folder, file)}: ${result.line} [${duration(result.durationMs)}]\n`);
        results.push(result);
      }
    } finally {
      await postgres.stop();
    }
    const failed = results.filter((result) => result.failed);
    const sum = (key: "rows" | "values" | "tables" | "quarantined") =>
      count(results.reduce((total, result) => total + result[key], 0));
    const text = `${results.length} files, ${sum("tables")} tables, ${sum("rows")} rows, ${sum("values")} values compared, ${sum("quarantined")} quarantined, ${failed.length} FAILED`;
    const problem = {
      message: `${failed.length} of ${results.length} files FAILED: ${failed.map(({ file }) => relative(folder, file)).join(", ")}`,
      hint: "run it on a folder with one of them, with LANDFALL_DEBUG=1",
    };
    return { data: results, text, ...(failed.length > 0 ? { exit: "different", problem } : {}) };
  },
});
