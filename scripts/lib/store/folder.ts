import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Store } from "./store.ts";

/** A folder of this machine as a store; made at the first writing. Others than the owner's group cannot read it. */
export function folderStore(folder: string): Store {
  const path = (name: string) => join(folder, name);
  const make = (name: string) => mkdirSync(dirname(path(name)), { recursive: true, mode: 0o750 });
  return {
    place: folder,
    async read(name) {
      return existsSync(path(name)) ? readFileSync(path(name), "utf8") : null;
    },
    async write(name, text) {
      make(name);
      writeFileSync(`${path(name)}.new`, text);
      renameSync(`${path(name)}.new`, path(name));
    },
    async append(name, line) {
      make(name);
      const glue = existsSync(path(name)) && !readFileSync(path(name), "utf8").endsWith("\n") ? "\n" : "";
      appendFileSync(path(name), `${glue}${line}\n`);
    },
  };
}
