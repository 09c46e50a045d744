import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileHazards } from "./files.ts";
import type { Hazard } from "./hazard.ts";
import { nameHazards } from "./names.ts";
import { schemaHazards } from "./schemas.ts";
import { valueHazards } from "./values.ts";

const hazards: Record<string, Hazard> = { ...valueHazards, ...nameHazards, ...schemaHazards, ...fileHazards };

/** Each names the one hazard of its file. */
export const hazardNames = Object.keys(hazards);

/** Writes the file of a hazard into a folder. @returns its path */
export function makeHazard(name: string, folder: string): string {
  const hazard = hazards[name];
  if (hazard === undefined) throw new Error(`no hazard ${name}`);
  const file = join(folder, `${name}.sqlite`);
  for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(file + suffix, { force: true });
  if (typeof hazard === "function") {
    hazard(file);
    return file;
  }
  const database = new DatabaseSync(file, {
    enableForeignKeyConstraints: false,
    enableDoubleQuotedStringLiterals: true,
    defensive: false,
  });
  try {
    database.exec("PRAGMA synchronous = OFF");
    database.exec(hazard);
  } finally {
    database.close();
  }
  return file;
}
