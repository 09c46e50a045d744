import { LandfallError } from "../../cli/errors.ts";
import type { Stop } from "./pool.ts";

/** Listens for SIGINT and SIGTERM until `release`, so that a load ends between two rows and not in the middle of one. */
export function stopOnSignals(): { stop: Stop; release: () => void } {
  const stop: Stop = { error: undefined, onStop: [] };
  const end = () => {
    if (stop.error) return;
    stop.error = new LandfallError(
      "interrupted",
      "the load was stopped; what was committed stays",
      "run the same command again: it goes on where it was",
    );
    for (const call of stop.onStop) call();
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  return {
    stop,
    release() {
      process.off("SIGINT", end);
      process.off("SIGTERM", end);
    },
  };
}
