import { basename } from "node:path";

/** What the user wrote after the script: under the zx command line the script is not argv[1]. */
export function argumentsAfter(file: string): string[] {
  const at = process.argv.findIndex((argument) => basename(argument) === basename(file));
  return process.argv.slice(at + 1).filter((argument, i) => !(i === 0 && argument === "--"));
}
