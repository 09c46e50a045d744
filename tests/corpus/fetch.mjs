// Downloads packages that ship SQLite files and puts the files into .landfall/corpus: node tests/corpus/fetch.mjs [NAME …]
import { fetchCorpus } from "./fetch.ts";
import { packages } from "./packages.ts";

const names = process.argv.slice(2);
const unknown = names.filter((name) => !packages.some((one) => one.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `Error: ${unknown.join(", ")} is not in the list\nTry: one of ${packages.map(({ name }) => name).join(", ")}\n`,
  );
  process.exit(2);
}
const missing = fetchCorpus(
  packages.filter(({ name }) => names.length === 0 || names.includes(name)),
  (line) => process.stdout.write(`${line}\n`),
);
process.exit(missing > 0 ? 1 : 0);
