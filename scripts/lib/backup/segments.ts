/** WAL segments by their names: 8 hexadecimal digits each for the timeline, the log and the segment within it. */

/** Bytes of a segment: initdb's default, which Landfall's clusters have. */
export const segmentBytes = 16 * 1024 ** 2;
const segmentsPerLog = 2 ** 32 / segmentBytes;

export interface Segment {
  timeline: number;
  /** Counted from the beginning of the WAL, whatever the timeline. */
  number: number;
}

export function parseSegment(name: string): Segment {
  const [timeline = 0, log = 0, segment = 0] = (name.slice(0, 24).match(/.{8}/g) ?? []).map((hex) => parseInt(hex, 16));
  return { timeline, number: log * segmentsPerLog + segment };
}

export function segmentName({ timeline, number }: Segment): string {
  const parts = [timeline, Math.floor(number / segmentsPerLog), number % segmentsPerLog];
  return parts.map((part) => part.toString(16).toUpperCase().padStart(8, "0")).join("");
}

/** "1/A2000060" as a number of bytes. */
export function parseLsn(lsn: string): bigint {
  const [high = "0", low = "0"] = lsn.split("/");
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

/** The number of the segment that holds the byte at `lsn`. */
export const segmentNumberOf = (lsn: string): number => Number(parseLsn(lsn) / BigInt(segmentBytes));

/** A timeline on the way to the newest one, and the number of the segment in which the next one left it. */
export interface Branch {
  timeline: number;
  /** Infinity for the newest. */
  until: number;
}

/** The way to a timeline, from the contents of its history file; of the first timeline there is none. */
export function branchesTo(timeline: number, history: string): Branch[] {
  const parents = history.split("\n").flatMap((line) => {
    const [, parent, lsn] = line.match(/^\s*(\d+)\s+([0-9A-F]+\/[0-9A-F]+)/) ?? [];
    return parent && lsn ? [{ timeline: Number(parent), until: segmentNumberOf(lsn) }] : [];
  });
  return [...parents, { timeline, until: Number.POSITIVE_INFINITY }];
}

/** Whether recovery from `from` can reach the end of `branches`: it lies on them, not on a stretch that was left behind. */
export const isOnTheWay = (from: Segment, branches: Branch[]): boolean =>
  branches.some(({ timeline, until }) => timeline === from.timeline && from.number <= until);

/**
 * The segments that a recovery from `first` reads, one after the other, along `branches`. A segment in which a timeline was
 * left is read from the new one, which begins with a copy of it.
 */
export function* segmentsFrom(first: Segment, branches: Branch[]): Generator<string> {
  for (let number = first.number; ; number++) {
    const branch = branches.find(({ until }) => number < until) ?? branches.at(-1);
    if (!branch) return;
    // The first segments are on the backup's own timeline even where a later one begins in the same segment.
    yield segmentName({ timeline: branch.timeline, number });
  }
}
