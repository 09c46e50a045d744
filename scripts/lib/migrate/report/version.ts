import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../paths.ts";

/** Landfall's version, from package.json. */
export function projectVersion(): string {
  const text = readFileSync(join(projectRoot, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
