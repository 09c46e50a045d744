/**
 * Property values as the engine and the in-process providers know them. On the wire and in the state the special ones are
 * objects with a signature (rpc/wire.ts, state/encode.ts); nothing else needs to know those forms.
 */
export type Value =
  | null
  | boolean
  | number
  | string
  | Value[]
  | PropertyMap
  | Secret
  | Unknown
  | Asset
  | ResourceReference;

export interface PropertyMap {
  [key: string]: Value;
}

/** A value that may be shown to nobody and is stored encrypted. */
export class Secret {
  readonly value: Value;
  constructor(value: Value) {
    // A secret of a secret is one secret.
    this.value = value instanceof Secret ? value.value : value;
  }
  // Whatever prints it by mistake prints this.
  toString(): string {
    return "[secret]";
  }
  toJSON(): string {
    return "[secret]";
  }
}

/** A value that is known only after something has been created: it occurs in previews. There is one: `UNKNOWN`. */
export class Unknown {
  toJSON(): string {
    return "[unknown]";
  }
}
export const UNKNOWN = new Unknown();

/** A file, a text or an address whose content is a value. Archives are refused. */
export class Asset {
  readonly hash: string;
  readonly content: { text: string } | { path: string } | { uri: string };
  constructor(hash: string, content: Asset["content"]) {
    this.hash = hash;
    this.content = content;
  }
}

/** A resource that is passed as a value. */
export class ResourceReference {
  readonly urn: string;
  /** Absent for a component; null where it is not known yet. */
  readonly id: string | null | undefined;
  readonly packageVersion: string;
  constructor(urn: string, id: string | null | undefined, packageVersion = "") {
    this.urn = urn;
    this.id = id;
    this.packageVersion = packageVersion;
  }
}

/** Whether a value is an object of properties, and none of the special ones. */
export function isMap(value: Value | undefined): value is PropertyMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isSpecial(value);
}

function isSpecial(value: object): boolean {
  return (
    value instanceof Secret || value instanceof Unknown || value instanceof Asset || value instanceof ResourceReference
  );
}

/** Whether any part of the value satisfies `test`. */
export function contains(value: Value, test: (part: Value) => boolean): boolean {
  if (test(value)) return true;
  if (value instanceof Secret) return contains(value.value, test);
  if (Array.isArray(value)) return value.some((part) => contains(part, test));
  return isMap(value) && Object.values(value).some((part) => contains(part, test));
}

export const containsUnknown = (value: Value): boolean => contains(value, (part) => part instanceof Unknown);
export const containsSecret = (value: Value): boolean => contains(value, (part) => part instanceof Secret);

/** A copy in which `change` has replaced the parts that it gives something for; it sees containers before their parts. */
export function mapValue(value: Value, change: (part: Value) => Value | undefined): Value {
  const changed = change(value);
  if (changed !== undefined) return changed;
  if (value instanceof Secret) return new Secret(mapValue(value.value, change));
  if (Array.isArray(value)) return value.map((part) => mapValue(part, change));
  return isMap(value) ? mapProperties(value, change) : value;
}

export function mapProperties(values: PropertyMap, change: (part: Value) => Value | undefined): PropertyMap {
  return Object.fromEntries(Object.entries(values).map(([key, part]) => [key, mapValue(part, change)]));
}

/** The values without their wrapping as secrets. */
export function stripSecrets(values: PropertyMap): PropertyMap {
  return mapProperties(values, (part) =>
    part instanceof Secret
      ? mapValue(part.value, (inner) => (inner instanceof Secret ? inner.value : undefined))
      : undefined,
  );
}

/**
 * Marks in `outs` what was secret in `ins` under the same key: for providers that are given plain values. An array that holds
 * a secret becomes secret as a whole, because its elements may have moved.
 */
export function restoreSecrets(outs: PropertyMap, ins: PropertyMap): PropertyMap {
  return Object.fromEntries(
    Object.entries(outs).map(([key, out]) => {
      const value = Object.hasOwn(ins, key) ? ins[key] : undefined;
      if (value === undefined || out instanceof Secret) return [key, out];
      if (isMap(value) && isMap(out)) return [key, restoreSecrets(out, value)];
      return [key, containsSecret(value) ? new Secret(out) : out];
    }),
  );
}

/** Structural equality; a secret equals only a secret, and an unknown equals nothing but an unknown. */
export function equal(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a === null || b === null) return false;
  if (a instanceof Secret || b instanceof Secret)
    return a instanceof Secret && b instanceof Secret && equal(a.value, b.value);
  if (a instanceof Asset || b instanceof Asset) return a instanceof Asset && b instanceof Asset && a.hash === b.hash;
  if (a instanceof ResourceReference || b instanceof ResourceReference) {
    return a instanceof ResourceReference && b instanceof ResourceReference && a.urn === b.urn && a.id === b.id;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((part, index) => equal(part, b[index]));
  }
  if (!isMap(a) || !isMap(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}
