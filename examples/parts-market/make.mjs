#!/usr/bin/env node
// Makes the example's database: node examples/parts-market/make.mjs FILE [ROWS] [SEED]
import { generate } from "./generate.ts";

const [file, rows = "2000", seed = "1"] = process.argv.slice(2);
if (!file || !/^\d+$/.test(rows) || !/^\d+$/.test(seed)) {
  process.stderr.write(
    "Error: no file, or a number that is none\nTry: node examples/parts-market/make.mjs FILE 2000\n",
  );
  process.exit(2);
}
generate(file, { rows: Number(rows), seed: Number(seed) });
