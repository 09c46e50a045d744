import { existsSync, readFileSync, writeFileSync } from "node:fs";

/** Above Linux's highest pid_max: no process has this number. */
const nobody = 4_194_305;

/**
 * Makes lock files that a dead process holds ones that nobody holds. A server takes a lock for held while any process has the
 * number in its first line, also one that was killed and that its parent has not asked about yet (a zombie), as happens in
 * containers without an init. Only the number is changed: PostgreSQL's postmaster.pid goes on to name the shared memory that
 * must not be in use any more.
 */
export function releaseLocksOfTheDead(files: string[]): void {
  for (const file of files) {
    if (!existsSync(file)) continue;
    const [first = "", ...rest] = readFileSync(file, "utf8").split("\n");
    if (isZombie(Number.parseInt(first, 10))) writeFileSync(file, [nobody, ...rest].join("\n"));
  }
}

/** Whether a process is dead and only waits for its parent to notice. */
export function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    // Gone altogether, which servers find out themselves; or no /proc (macOS), where the system's init does not let them lie.
    return false;
  }
}
