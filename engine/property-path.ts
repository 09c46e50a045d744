import { EngineError } from "./errors.ts";
import { isMap, type PropertyMap, Secret, type Value } from "./values.ts";

/** `a.b[0]["c.d"]` as its segments. */
export function splitPath(path: string): (string | number)[] {
  const segments: (string | number)[] = [];
  const pattern = /\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]|\.?([^.[\]]+)/y;
  while (pattern.lastIndex < path.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(path);
    if (!match) throw new EngineError(`${path} is not a property path (at character ${at + 1})`);
    const [, index, quoted, name] = match;
    segments.push(
      index === undefined ? (quoted?.replaceAll(/\\(.)/g, "$1") ?? name ?? "") : index === "*" ? "*" : Number(index),
    );
  }
  return segments;
}

type Segments = (string | number)[];

/** The part of a value that a path names; it sees through secrets. */
function partOf(value: Value | undefined, segment: string | number): Value | undefined {
  const open = value instanceof Secret ? value.value : value;
  if (Array.isArray(open)) return typeof segment === "number" ? open[segment] : undefined;
  return isMap(open) && Object.hasOwn(open, String(segment)) ? open[String(segment)] : undefined;
}

/** `news` with what `path` names as it is in `olds`: for `ignoreChanges`. `*` stands for every key or element. */
export function resetPath(olds: PropertyMap, news: PropertyMap, path: string): PropertyMap {
  return reset(olds, news, splitPath(path)) as PropertyMap;
}

function reset(old: Value | undefined, value: Value, [segment, ...rest]: Segments): Value {
  if (segment === undefined) return value;
  if (value instanceof Secret) return new Secret(reset(old, value.value, [segment, ...rest]));
  if (Array.isArray(value)) {
    const indexes = segment === "*" ? value.map((_, index) => index) : typeof segment === "number" ? [segment] : [];
    return value.map((part, index) => {
      const before = partOf(old, index);
      if (!indexes.includes(index) || before === undefined) return part;
      return rest.length === 0 ? before : reset(before, part, rest);
    });
  }
  if (!isMap(value)) return value;
  const open = old instanceof Secret ? old.value : old;
  const oldKeys = isMap(open) ? Object.keys(open) : [];
  const keys = segment === "*" ? [...new Set([...Object.keys(value), ...oldKeys])] : [String(segment)];
  const result = { ...value };
  for (const key of keys) {
    const before = partOf(old, key);
    if (rest.length > 0) {
      const part = result[key];
      if (part !== undefined) result[key] = reset(before, part, rest);
    } else if (before === undefined) delete result[key];
    else result[key] = before;
  }
  return result;
}

/** Whether one of the two paths lies on the other: `a.b` meets `a`, `a.b` and `a.b[0]`. */
export function pathsMeet(a: string, b: string): boolean {
  const [one, other] = [splitPath(a), splitPath(b)];
  const length = Math.min(one.length, other.length);
  return one.slice(0, length).every((segment, index) => {
    const against = other[index];
    return segment === "*" || against === "*" || String(segment) === String(against);
  });
}

const plainKey = /^[A-Za-z_$][\w$]*$/;

/** A path with one more segment. */
export function extendPath(path: string, segment: string | number): string {
  if (typeof segment === "number") return `${path}[${segment}]`;
  if (!plainKey.test(segment)) return `${path}["${segment.replaceAll(/["\\]/g, "\\$&")}"]`;
  return path === "" ? segment : `${path}.${segment}`;
}
