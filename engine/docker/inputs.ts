import { isMap, type PropertyMap, type Value } from "../values.ts";

/** Typed views of checked inputs. What is not there is undefined, so that Docker's own default holds. */

export const textOf = (value: Value | undefined): string | undefined => (typeof value === "string" ? value : undefined);

export const numberOf = (value: Value | undefined): number | undefined =>
  typeof value === "number" ? value : undefined;

export const flagOf = (value: Value | undefined): boolean => value === true;

export const textsOf = (value: Value | undefined): string[] =>
  Array.isArray(value) ? value.filter((part) => typeof part === "string") : [];

export const objectsOf = (value: Value | undefined): PropertyMap[] =>
  Array.isArray(value) ? value.filter((part) => isMap(part)) : [];

export const objectOf = (value: Value | undefined): PropertyMap => (isMap(value) ? value : {});

export const mapOf = (value: Value | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(objectOf(value)).map(([name, part]) => [name, String(part)]));

/** Pairs of label and value, as the daemon takes them. */
export const labelsOf = (value: Value | undefined): Record<string, string> =>
  Object.fromEntries(objectsOf(value).map((pair) => [String(pair.label), String(pair.value)]));

/** And back. */
export const labelPairs = (labels: Record<string, string> | null | undefined): PropertyMap[] =>
  Object.entries(labels ?? {}).map(([label, value]) => ({ label, value }));
