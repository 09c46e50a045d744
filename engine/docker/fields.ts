import type { Value } from "../values.ts";

/**
 * What a resource type takes: the part of the real provider's schema that is served here, as data, so that checking,
 * comparing and the reference page read the same table.
 */
export interface Field {
  kind: "text" | "whole" | "flag" | "texts" | "map" | "object" | "objects";
  /** Of an object, or of each object of a list. */
  fields?: Fields;
  required?: true;
  /** What the real provider fills in where nothing is given. */
  otherwise?: Value;
  /** The only value that is served. */
  only?: Value;
  /** A change takes a new resource. */
  replaces?: true;
  /** Left away, it is what Docker makes it: taking it away is no change, as with the real provider. */
  computed?: true;
  /** The order of its elements means nothing. */
  set?: true;
}

export type Fields = Record<string, Field>;

type Flags = Omit<Field, "kind">;

export const text = (flags: Flags = {}): Field => ({ kind: "text", ...flags });
export const whole = (flags: Flags = {}): Field => ({ kind: "whole", ...flags });
export const flag = (flags: Flags = {}): Field => ({ kind: "flag", ...flags });
/** A list of texts. */
export const texts = (flags: Flags = {}): Field => ({ kind: "texts", ...flags });
/** Texts by name. */
export const map = (flags: Flags = {}): Field => ({ kind: "map", ...flags });
export const object = (fields: Fields, flags: Flags = {}): Field => ({ kind: "object", fields, ...flags });
/** A list of objects. */
export const objects = (fields: Fields, flags: Flags = {}): Field => ({ kind: "objects", fields, ...flags });

/** Labels are a list of pairs in this provider. */
export const labels = (flags: Flags = {}): Field =>
  objects({ label: text({ required: true }), value: text({ required: true }) }, { set: true, ...flags });
