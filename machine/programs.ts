import { accessSync, constants, existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { run } from "./run.ts";

/** The server majors that Landfall knows how to run. */
export const supportedMajors = { min: 14, max: 18 };

/** The system's parts of a native stack, by the names that errors and docs use. */
export const partNames = [
  "postgresql",
  "pgbouncer",
  "pgbackrest",
  "prometheus",
  "alertmanager",
  "postgres_exporter",
] as const;
export type PartName = (typeof partNames)[number];

/** Distributions rename what upstream calls `alertmanager` or `postgres_exporter`. */
const programNames: Record<Exclude<PartName, "postgresql">, string[]> = {
  pgbouncer: ["pgbouncer"],
  pgbackrest: ["pgbackrest"],
  prometheus: ["prometheus"],
  alertmanager: ["alertmanager", "prometheus-alertmanager"],
  postgres_exporter: ["postgres_exporter", "prometheus-postgres-exporter"],
};

/** Places that are not on every user's PATH: an ordinary user's lacks the sbin folders, for one. */
const usualPlaces = [
  "/usr/local/bin",
  "/usr/bin",
  "/usr/local/sbin",
  "/usr/sbin",
  "/opt/homebrew/bin",
  "/opt/homebrew/sbin",
];

/** Parents of PostgreSQL's bin folders: Debian's, Red Hat's, Homebrew's, and a build of one's own. */
const serverParents = ["/usr/lib/postgresql", "/usr", "/opt/homebrew/opt", "/usr/local/opt", "/usr/local"];
const serverFolder = /^(\d+|pgsql-\d+|postgresql@\d+|pgsql)$/;

export interface Server {
  /** Folder of postgres, initdb, pg_ctl and the rest. */
  bin: string;
  major: number;
  /** As `postgres --version` says it, for example "15.18". */
  version: string;
}

/**
 * A program's full path, or undefined where it is nowhere.
 * @param accept further condition on the path
 */
export function findProgram(names: string[], accept = (_path: string) => true): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter).filter(Boolean), ...usualPlaces];
  for (const folder of folders) {
    for (const name of names) {
      const path = join(folder, name);
      if (isExecutable(path) && accept(path)) return path;
    }
  }
  return undefined;
}

/** The path of a part other than PostgreSQL itself. */
export function findPart(part: Exclude<PartName, "postgresql">): string | undefined {
  return findProgram(programNames[part]);
}

/**
 * Every PostgreSQL server on this machine that is complete and of a supported major, newest first.
 * @param major only of this major
 */
export async function findServers(major?: number): Promise<Server[]> {
  const found: Server[] = [];
  for (const bin of serverBins()) {
    const version = (await run(join(bin, "postgres"), ["--version"])).stdout.match(/(\d+)(?:\.\d+)*/);
    const number = Number(version?.[1]);
    if (!version || number < supportedMajors.min || number > supportedMajors.max) continue;
    if (major === undefined || major === number) found.push({ bin, major: number, version: version[0] });
  }
  return found.sort((a, b) => b.version.localeCompare(a.version, undefined, { numeric: true }));
}

function serverBins(): Set<string> {
  const bins = serverParents.flatMap((parent) => {
    const folders = existsSync(parent) ? readdirSync(parent).filter((name) => serverFolder.test(name)) : [];
    return folders.map((name) => join(parent, name, "bin"));
  });
  // A `postgres` on PATH is often a link into one of the folders above: the link's target is what has the other programs.
  const onPath = findProgram(["postgres"]);
  if (onPath) bins.push(dirname(realpathSync(onPath)));
  const needed = ["postgres", "initdb", "pg_ctl", "psql", "pg_dump"];
  return new Set(bins.filter((bin) => needed.every((name) => isExecutable(join(bin, name)))));
}

/** Which parts this machine lacks. @param major the PostgreSQL major that is asked for, or any supported one */
export async function missingParts(major?: number): Promise<PartName[]> {
  const missing: PartName[] = (await findServers(major)).length === 0 ? ["postgresql"] : [];
  for (const part of partNames) {
    if (part !== "postgresql" && !findPart(part)) missing.push(part);
  }
  return missing;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
