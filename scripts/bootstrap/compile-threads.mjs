// Has Node compile what threads run, and keep it. In a process of its own: taking the types out brings in a program of 15 MB, and
// each thread that has to do it itself brings in another.
import { globSync } from "node:fs";
import module from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "./common.mjs";

for (const file of globSync("scripts/lib/**/{worker,*-thread}.ts", { cwd: projectRoot })) {
  // Outside of a thread they have nothing to work on, and say so; compiled they are by then.
  await import(pathToFileURL(join(projectRoot, file)).href).catch(() => {});
}
module.flushCompileCache?.();
process.exit(0);
