// node examples/liquor-shop/make.mjs FILE [SALES [SEED]]: writes the example's database.
import { generate } from "./generate.ts";

const [file, transactions = "100000", seed = "1"] = process.argv.slice(2);
if (!file) {
  process.stderr.write("Error: no file is named\nTry: node examples/liquor-shop/make.mjs till.sqlite\n");
  process.exit(2);
}
generate(file, { transactions: Number(transactions), seed: Number(seed) });
