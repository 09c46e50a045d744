import type { Difference, VerifyResult } from "../model/results.ts";

export type Check = VerifyResult["checks"][number];

/** A named check. @param holds what is said where nothing differs */
export function check(name: string, differences: Difference[], holds: string): Check {
  const [first] = differences;
  if (!first) return { name, passed: true, detail: holds };
  const more = differences.length > 1 ? ` and ${differences.length - 1} more` : "";
  return { name, passed: false, detail: `${first.text}${more}` };
}
