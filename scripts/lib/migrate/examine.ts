import type { Reporter } from "../cli/reporter.ts";
import { readCatalog } from "../db/sqlite/catalog.ts";
import { openSource } from "../db/sqlite/open.ts";
import type { Profile } from "./model/profile.ts";
import type { Snapshot } from "./model/results.ts";
import type { SourceCatalog } from "./model/source.ts";
import { prepareScans, profileSource } from "./profile/profile.ts";
import { takeSnapshot } from "./snapshot/snapshot.ts";

/** A snapshot and what is in it, both under way. */
export interface Examination {
  snapshot: Promise<Snapshot>;
  /** Fails as the snapshot does, if that fails. */
  profiled: Promise<{ catalog: SourceCatalog; profile: Profile }>;
}

/**
 * Takes a snapshot and profiles it while it is checked and hashed: both read the same copy, and each alone leaves a core idle.
 * @throws {LandfallError} in the promises: source, machine
 */
export function examine(file: string, folder: string, reporter: Reporter): Examination {
  let profiling: Examination["profiled"] | undefined;
  let threads: ReturnType<typeof prepareScans> = [];
  const endThreads = () => {
    for (const thread of threads) thread.cancel();
  };
  const snapshot = takeSnapshot(file, folder, reporter, {
    begun: (bytes) => {
      // Hash and checks of the copy keep one core at work.
      threads = prepareScans(bytes, 1);
    },
    copied: (copy) => {
      profiling = profileCopy(copy, threads, reporter);
      // What a damaged copy does to it matters only where the snapshot's own checks let it pass.
      profiling.catch(endThreads);
    },
  });
  const profiled = snapshot.then(() => profiling ?? Promise.reject(new Error("the snapshot was not profiled")));
  profiled.catch(endThreads);
  return { snapshot, profiled };
}

async function profileCopy(copy: string, threads: ReturnType<typeof prepareScans>, reporter: Reporter) {
  const source = openSource(copy);
  try {
    const catalog = readCatalog(source);
    return { catalog, profile: await profileSource(copy, catalog, reporter, threads) };
  } finally {
    source.close();
  }
}
