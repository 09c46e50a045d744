// Keeps what Node makes of a source file: taking the types out is most of what starting a thread costs.
// The default import, because a Node that is too old has to read this file too.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { join } from "node:path";
import { projectRoot } from "./common.mjs";

export const compileCache = join(projectRoot, ".landfall", "compile-cache");

/**
 * From here on Node compiles a file once for each of its versions: an entry counts only where the file's content is the
 * same. Where the folder cannot be written, nothing is kept and nothing said.
 */
export function keepCompiled() {
  // Somebody's own choice, or an outer command's of ours.
  if (process.env.NODE_COMPILE_CACHE || !module.enableCompileCache) return;
  const isFirst = !existsSync(compileCache);
  module.enableCompileCache(compileCache);
  // Threads and child processes go by this alone: https://nodejs.org/api/module.html#module-compile-cache.
  process.env.NODE_COMPILE_CACHE = compileCache;
  // Where it fails, threads compile for themselves.
  if (isFirst) spawnSync(process.execPath, [join(import.meta.dirname, "compile-threads.mjs")], { stdio: "ignore" });
}
