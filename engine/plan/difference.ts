import { extendPath, pathsMeet } from "../property-path.ts";
import type { DiffResult, PropertyDifference } from "../provider.ts";
import { equal, isMap, type PropertyMap, Secret, type Value } from "../values.ts";

export const noDifference: DiffResult = {
  changes: "none",
  replaces: [],
  diffs: [],
  deleteBeforeReplace: false,
  stables: [],
};

/** Where two maps of properties differ, by path, down to what differs. */
export function compareMaps(olds: PropertyMap, news: PropertyMap): Record<string, PropertyDifference> {
  const found: Record<string, PropertyDifference> = {};
  const visit = (path: string, old: Value | undefined, value: Value | undefined): void => {
    if (equal(old, value)) return;
    // What is inside of a secret is not told apart: which part has changed is a secret too.
    if (old instanceof Secret || value instanceof Secret) note(path, old, value);
    else if (isMap(old) && isMap(value)) {
      for (const key of new Set([...Object.keys(old), ...Object.keys(value)])) {
        visit(extendPath(path, key), ownPart(old, key), ownPart(value, key));
      }
    } else if (Array.isArray(old) && Array.isArray(value)) {
      for (let index = 0; index < Math.max(old.length, value.length); index++) {
        visit(extendPath(path, index), old[index], value[index]);
      }
    } else note(path, old, value);
  };
  const note = (path: string, old: Value | undefined, value: Value | undefined): void => {
    found[path] = { kind: old === undefined ? "add" : value === undefined ? "delete" : "update", replaces: false };
  };
  visit("", olds, news);
  return found;
}

const ownPart = (map: PropertyMap, key: string): Value | undefined => (Object.hasOwn(map, key) ? map[key] : undefined);

/** What the provider leaves open is decided by comparing the inputs; `replaceOnChanges` is applied. */
export function settle(diff: DiffResult, olds: PropertyMap, news: PropertyMap, replaceOnChanges: string[]): DiffResult {
  const compared = diff.detailed ?? compareMaps(olds, news);
  const decided: DiffResult =
    diff.changes !== "unknown" ? diff : { ...diff, changes: Object.keys(compared).length > 0 ? "some" : "none" };
  if (decided.changes === "none") return { ...decided, replaces: [] };
  const forced = Object.keys(compared).filter((path) => replaceOnChanges.some((wanted) => pathsMeet(wanted, path)));
  return { ...decided, detailed: compared, replaces: [...new Set([...decided.replaces, ...forced])] };
}

export const needsReplacement = (diff: DiffResult): boolean => diff.changes === "some" && diff.replaces.length > 0;
