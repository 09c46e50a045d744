import type { DiffResult, PropertyDifference } from "../provider.ts";
import { containsUnknown, equal, isMap, type PropertyMap, type Value } from "../values.ts";
import { withoutDefaults } from "./check.ts";
import type { Field, Fields } from "./fields.ts";

/** Compares the inputs of a resource as it was made with those that are wanted now. */
export function diffInputs(
  olds: PropertyMap,
  news: PropertyMap,
  fields: Fields,
): Omit<DiffResult, "deleteBeforeReplace"> {
  const detailed: Record<string, PropertyDifference> = {};
  compareObjects(withoutDefaults(olds), withoutDefaults(news), fields, "", false, detailed);
  const diffs = Object.keys(detailed);
  return {
    changes: diffs.length > 0 ? "some" : "none",
    replaces: topLevel(diffs.filter((path) => detailed[path]?.replaces)),
    diffs: topLevel(diffs),
    detailed,
    stables: Object.keys(fields).filter((name) => fields[name]?.replaces),
  };
}

/** The properties that hold these paths: the real provider names those. */
const topLevel = (paths: string[]) => [...new Set(paths.map((path) => path.split(".")[0] ?? path))];

function compareObjects(
  olds: PropertyMap,
  news: PropertyMap,
  fields: Fields,
  path: string,
  replacesAll: boolean,
  detailed: Record<string, PropertyDifference>,
): void {
  for (const [name, field] of Object.entries(fields)) {
    const before = olds[name] ?? null;
    const after = news[name] ?? null;
    const where = path ? `${path}.${name}` : name;
    const replaces = replacesAll || field.replaces === true;
    if (same(before, after, field) || (field.computed && after === null)) continue;
    if (field.kind === "object" && isMap(before) && isMap(after)) {
      compareObjects(before, after, field.fields ?? {}, where, replaces, detailed);
      continue;
    }
    const anew =
      replaces || (field.kind === "object" && Object.values(field.fields ?? {}).some((part) => part.replaces));
    const kind = before === null ? "add" : after === null ? "delete" : "update";
    detailed[where] = { kind, replaces: anew };
  }
}

function same(a: Value, b: Value, field: Field): boolean {
  if (containsUnknown(a) || containsUnknown(b)) return false;
  // Nothing, and an empty list or object, are one thing to the real provider.
  const [left, right] = [a, b].map((value) => (isEmpty(value) ? null : value)) as [Value, Value];
  if (!field.set || !Array.isArray(left) || !Array.isArray(right)) return equal(left, right);
  return left.length === right.length && left.every((part) => right.some((other) => equal(part, other)));
}

const isEmpty = (value: Value) =>
  (Array.isArray(value) && value.length === 0) || (isMap(value) && Object.keys(value).length === 0);
