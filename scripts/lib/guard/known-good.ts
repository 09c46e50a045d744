import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { projectRoot, stateFolder } from "../paths.ts";

/**
 * Whether anything that a plan depends on has changed since the last `up` of a stack that went through: then, and only
 * then, `up` looks at the plan first. So the second `up` in a row costs no preview.
 */
const record = (stack: string) => join(stateFolder, "planned", stack);

/** A digest of what decides a plan: the stack's file, the program, its packages, and the PostgreSQL versions at hand. */
export function planKey(stack: string, engine: string): string {
  const hash = createHash("sha256").update(engine);
  const add = (path: string) => hash.update(`\0${path}\0`).update(readFileSync(join(projectRoot, path)));
  for (const path of ["Pulumi.yaml", "package-lock.json", join("stacks", `Pulumi.${stack}.yaml`)]) add(path);
  for (const folder of ["infra", "machine"]) {
    const files = readdirSync(join(projectRoot, folder), { recursive: true, withFileTypes: true });
    const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
    for (const path of paths.sort()) add(path.slice(projectRoot.length + 1));
  }
  // A newer major on this machine would be taken for the stack's, unless the configuration names one.
  const packaged = "/usr/lib/postgresql";
  if (existsSync(packaged)) hash.update(readdirSync(packaged).sort().join(" "));
  return hash.digest("hex");
}

/** What was recorded for a stack: the key of its last good `up`, "empty" after a `down`, undefined where nothing is known. */
export function recordedKey(stack: string): string | undefined {
  return existsSync(record(stack)) ? readFileSync(record(stack), "utf8") : undefined;
}

export function recordKey(stack: string, key: string): void {
  mkdirSync(dirname(record(stack)), { recursive: true });
  writeFileSync(record(stack), key);
}

/** Before anything is changed: what is cut off half-way is looked at again. */
export function forgetKey(stack: string): void {
  rmSync(record(stack), { force: true });
}
