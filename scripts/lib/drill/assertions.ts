import { messageOf } from "../cli/errors.ts";
import { duration } from "../cli/table.ts";

/** The groups in which a drill checks. Every name below is in every drill's result: what could not run has failed. */
export const assertionNames = {
  source: [
    "target is within reach",
    "repository can be read",
    "backup is of this cluster",
    "backup is recent",
    "WAL is continuous",
    "repository checksums",
  ],
  recovery: ["restored", "recovered", "stopped at the target", "new timeline", "same cluster", "writable"],
  integrity: ["page checksums", "heap and indexes"],
  content: [
    "rows and values",
    "sequences",
    "schema",
    "roles and grants",
    "extensions",
    "no table was emptied",
    "load manifest",
  ],
  use: ["application logs in", "application reads its tables", "smoke queries"],
  safety: ["copy does not archive", "source is untouched", "copy is removed"],
  objectives: ["recovery time", "recovery point"],
} as const;

export type Group = keyof typeof assertionNames;
export type AssertionName = { [G in Group]: `${G}: ${(typeof assertionNames)[G][number]}` }[Group];

export const allAssertions: AssertionName[] = Object.entries(assertionNames).flatMap(([group, names]) =>
  names.map((name) => `${group}: ${name}` as AssertionName),
);

/**
 * What a drill of RDS checks. Its server has no files to look at and makes no promise of timelines; it has a copy in a network
 * instead.
 */
export const rdsAssertions = [
  "source: automated backups are on",
  "source: target is within reach",
  "source: backup is recent",
  "recovery: restored",
  "recovery: recovered",
  "recovery: stopped at the target",
  "recovery: writable",
  "content: rows and values",
  "content: sequences",
  "content: schema",
  "content: roles and grants",
  "content: extensions",
  "content: no table was emptied",
  "content: load manifest",
  "use: application logs in",
  "use: application reads its tables",
  "use: smoke queries",
  "safety: copy stands apart",
  "safety: source is untouched",
  "safety: copy is removed",
  "objectives: recovery time",
  "objectives: recovery point",
] as const;

export type RdsAssertionName = (typeof rdsAssertions)[number];

type Name = AssertionName | RdsAssertionName;

/** One thing that a drill checked. */
export interface Assertion {
  name: Name;
  passed: boolean;
  /** Says that there was nothing to check: it has neither passed nor failed. */
  applies?: false;
  /** What was found; of one that failed, the cause; of one that does not apply, why not. */
  detail: string;
}

/** Thrown by a check that finds nothing to check. */
export class NotApplicable extends Error {}

export const hasFailed = ({ passed, applies }: Pick<Assertion, "passed" | "applies">): boolean =>
  !passed && applies !== false;

/** The verdict as a person reads it. */
export const verdictOf = (assertion: Pick<Assertion, "passed" | "applies">): string =>
  assertion.passed ? "passed" : hasFailed(assertion) ? "FAILED" : "not applicable";

/** How many passed, failed, and did not apply. */
export function tally(assertions: Assertion[]): { passed: number; failed: number; notApplicable: number } {
  const passed = assertions.filter((one) => one.passed).length;
  const failed = assertions.filter(hasFailed).length;
  return { passed, failed, notApplicable: assertions.length - passed - failed };
}

/** Collects what a drill finds. */
export class Findings {
  readonly #names: readonly Name[];
  readonly #found = new Map<Name, Assertion>();

  /** @param names what has to be checked, in the order in which it is told */
  constructor(names: readonly Name[] = allAssertions) {
    this.#names = names;
  }

  /** Checks one thing: `work` answers with what it found, or throws with the cause. @returns whether it passed */
  async check(name: Name, work: () => Promise<string> | string): Promise<boolean> {
    try {
      this.#found.set(name, { name, passed: true, detail: await work() });
      return true;
    } catch (error) {
      const none = error instanceof NotApplicable ? ({ applies: false } as const) : {};
      this.#found.set(name, { name, passed: false, ...none, detail: messageOf(error) });
      return false;
    }
  }

  /** Whether it was checked and has failed. */
  failed(name: Name): boolean {
    const found = this.#found.get(name);
    return found !== undefined && hasFailed(found);
  }

  /** All assertions in their order; one that was not reached has failed, with the reason. */
  all(): Assertion[] {
    const first = [...this.#found.values()].find(hasFailed);
    const detail = `could not run${first ? `, because of "${first.name}"` : ""}`;
    return this.#names.map((name) => this.#found.get(name) ?? { name, passed: false, detail });
  }
}

/** For an objective: throws where the value is more than is allowed. Milliseconds. @param what stands after the value */
export function within(value: number, most: number, what: string): string {
  const text = `${duration(value)} ${what}; at most ${duration(most)} are allowed`;
  if (value > most) throw new Error(text);
  return text;
}

/** Throws with the first differences, where there are any; else answers with `equal`. */
export function nothingDiffers(differences: string[], equal: string): string {
  const [first, ...more] = differences;
  if (first === undefined) return equal;
  throw new Error(more.length > 0 ? `${first}, and ${more.length} more differences` : first);
}
