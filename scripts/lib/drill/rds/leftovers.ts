import { hostname } from "node:os";
import type { RdsPlace } from "../../backup/rds/client.ts";
import { listMade, removeInstance } from "../../backup/rds/instances.ts";
import { scheduled, tagKeys, tagOf } from "../../backup/rds/tags.ts";
import type { Patience } from "../../backup/rds/wait.ts";
import { LandfallError } from "../../cli/errors.ts";
import type { Reporter } from "../../cli/reporter.ts";

/**
 * Removes the instances of drills that were killed, found by their tags.
 * @throws {LandfallError} busy, where one is there whose drill may still run
 */
export async function removeLeftovers(
  place: RdsPlace,
  now: Date,
  patience: Patience,
  reporter: Reporter,
): Promise<string[]> {
  const removed: string[] = [];
  for (const { DBInstanceIdentifier: name = "", DBInstanceStatus: status, TagList } of await listMade(place, "drill")) {
    const expires = tagOf(TagList, tagKeys.expires);
    const isOver =
      status === "deleting" ||
      !expires ||
      Date.parse(expires) < now.getTime() ||
      hasEnded(tagOf(TagList, tagKeys.runner));
    if (!isOver) {
      throw new LandfallError(
        "busy",
        `another drill of this instance may still run: ${name}`,
        `wait for it to end; it is removed as a leftover after ${expires}`,
      );
    }
    await removeInstance(place, name, "drill", patience, reporter);
    removed.push(name);
  }
  return removed;
}

/** Of a process of this machine it can be told; and of the scheduler's job before this one. */
function hasEnded(runner: string | undefined): boolean {
  if (runner !== undefined && runner === scheduled()) return true;
  const [host, pid] = runner?.split("/") ?? [];
  if (host !== hostname() || !pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
