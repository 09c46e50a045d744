import { mustPgbackrest, type PgbackrestPlace } from "./pgbackrest.ts";
import { type Branch, branchesTo, isOnTheWay, parseSegment, segmentsFrom } from "./segments.ts";

/** The WAL in a repository. */
export interface Archive {
  /** When each segment came in, by its name of 24 digits. */
  segments: Map<string, Date>;
  /** The way to the newest timeline. */
  branches: Branch[];
}

const hint = "npm run status; if that is well, look at the repository itself";

/** Lists the WAL of the stanza's newest cluster in one repository. */
export async function readArchive(place: PgbackrestPlace, repository = 1): Promise<Archive> {
  const repo = `--repo=${repository}`;
  const root = `archive/${place.stanza}`;
  const { stdout } = await mustPgbackrest(place, [repo, "--recurse", "--output=json", "repo-ls", root], hint);
  const files = Object.entries(JSON.parse(stdout || "{}") as Record<string, { type: string; time?: number }>);
  // One folder for each major version and cluster that the stanza has known: "15-1", then "16-2".
  const folders = files.flatMap(([name, { type }]) => (type === "path" && /^\d+-\d+$/.test(name) ? [name] : []));
  const newest = folders.sort((a, b) => Number(a.split("-")[1]) - Number(b.split("-")[1])).at(-1);
  const segments = new Map<string, Date>();
  let history: string | undefined;
  for (const [path, { time }] of files) {
    if (newest === undefined || !path.startsWith(`${newest}/`)) continue;
    const name = path.split("/").at(-1) ?? "";
    if (/^[0-9A-F]{24}-/.test(name)) segments.set(name.slice(0, 24), new Date((time ?? 0) * 1000));
    if (/^[0-9A-F]{8}\.history$/.test(name) && name > (history ?? "")) history = name;
  }
  if (!history) return { segments, branches: branchesTo(1, "") };
  const file = await mustPgbackrest(place, [repo, "repo-get", `${root}/${newest}/${history}`], hint);
  return { segments, branches: branchesTo(Number.parseInt(history, 16), file.stdout) };
}

/** How far recovery from a backup gets with the WAL that there is. */
export interface Reach {
  /** Arrival of the last segment of an unbroken row: up to about then everything can be recovered. Null where none is there. */
  until: Date | null;
  last: string | null;
  /** The first segment that is missing while later ones are there; null where there is no gap. */
  gap: string | null;
  /** How many segments are missing from there up to the next one that is there. */
  gapLength: number;
  /** Whether it leads to the newest timeline; if not, the database was restored to a moment before this backup since. */
  current: boolean;
}

/** @param first the segment that recovery begins with @param last where it has to get to, if further than what is there */
export function reachOf(archive: Archive, first: string, last?: string): Reach {
  const from = parseSegment(first);
  const current = isOnTheWay(from, archive.branches);
  const branches = current
    ? archive.branches.filter(({ timeline, until }) => timeline >= from.timeline && until >= from.number)
    : [{ timeline: from.timeline, until: Number.POSITIVE_INFINITY }];
  const own = new Set(branches.map(({ timeline }) => timeline));
  const numbers = [...archive.segments.keys()].map(parseSegment).filter(({ timeline }) => own.has(timeline));
  const wanted = last === undefined ? 0 : parseSegment(last).number;
  const highest = numbers.reduce((most, { number }) => Math.max(most, number), wanted);
  const reach: Reach = { until: null, last: null, gap: null, gapLength: 0, current };
  for (const name of segmentsFrom(from, branches)) {
    if (parseSegment(name).number > highest) break;
    const arrived = archive.segments.get(name);
    if (arrived && reach.gap === null) {
      reach.until = arrived;
      reach.last = name;
    } else if (!arrived) {
      reach.gap ??= name;
      reach.gapLength++;
    } else break;
  }
  return reach;
}
