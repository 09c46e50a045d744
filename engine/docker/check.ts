import type { CheckFailure } from "../provider.ts";
import { isMap, type PropertyMap, Unknown, type Value } from "../values.ts";
import type { Field, Fields } from "./fields.ts";

/** Where the real provider notes, in each object of the inputs, which values are its defaults. */
const defaultsKey = "__defaults";

/**
 * Checks inputs against the fields of their type and fills in defaults.
 * @param notServed names that the real provider knows and this one does not
 */
export function checkInputs(
  inputs: PropertyMap,
  fields: Fields,
  notServed: readonly string[],
): { inputs: PropertyMap; failures: CheckFailure[] } {
  const failures: CheckFailure[] = [];
  return { inputs: checkObject(inputs, fields, notServed, "", failures), failures };
}

function checkObject(
  inputs: PropertyMap,
  fields: Fields,
  notServed: readonly string[],
  path: string,
  failures: CheckFailure[],
): PropertyMap {
  const at = (name: string) => (path ? `${path}.${name}` : name);
  const checked: PropertyMap = {};
  for (const [name, value] of Object.entries(inputs)) {
    if (name === defaultsKey || value === null || value === undefined) continue;
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field) checked[name] = checkValue(value, field, at(name), failures);
    else if (notServed.includes(name)) failures.push({ property: at(name), reason: notServedReason(at(name)) });
    else failures.push({ property: at(name), reason: `${at(name)} is no property of this type` });
  }
  const defaults: string[] = [];
  for (const [name, field] of Object.entries(fields)) {
    if (Object.hasOwn(checked, name)) continue;
    if (field.required) failures.push({ property: at(name), reason: `${at(name)} is required` });
    // The real provider keeps false, 0 and an empty text to itself.
    if (!field.otherwise) continue;
    checked[name] = field.otherwise;
    defaults.push(name);
  }
  checked[defaultsKey] = defaults.sort();
  return checked;
}

const notServedReason = (path: string) =>
  `${path} is not served by the built-in Docker provider\nTry: leave it away, or install the Pulumi CLI with its Docker plugin`;

function checkValue(value: Value, field: Field, path: string, failures: CheckFailure[]): Value {
  if (value instanceof Unknown) return value;
  const { fields = {} } = field;
  if (field.kind === "object" && isMap(value)) return checkObject(value, fields, [], path, failures);
  if (field.kind === "objects" && Array.isArray(value))
    return value.map((part, index) =>
      isMap(part) ? checkObject(part, fields, [], `${path}[${index}]`, failures) : fail(part, `${path}[${index}]`),
    );
  if (!fits(value, field)) return fail(value, path);
  if (field.only !== undefined && value !== field.only)
    failures.push({ property: path, reason: notServedReason(`${path} other than ${field.only}`) });
  return value;

  function fail(wrong: Value, where: string): Value {
    if (!(wrong instanceof Unknown))
      failures.push({ property: where, reason: `${where} must be ${words[field.kind]}` });
    return wrong;
  }
}

const words: Record<Field["kind"], string> = {
  text: "a string",
  whole: "a whole number",
  flag: "true or false",
  texts: "a list of strings",
  map: "an object of strings",
  object: "an object",
  objects: "a list of objects",
};

const isText = (value: Value) => typeof value === "string" || value instanceof Unknown;

function fits(value: Value, { kind }: Field): boolean {
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "whole":
      return Number.isInteger(value);
    case "flag":
      return typeof value === "boolean";
    case "texts":
      return Array.isArray(value) && value.every(isText);
    case "map":
      return isMap(value) && Object.entries(value).every(([name, part]) => name === defaultsKey || isText(part));
    default:
      return false;
  }
}

/** The inputs without the notes about their defaults. */
export function withoutDefaults(inputs: PropertyMap): PropertyMap {
  const clean = (value: Value): Value => {
    if (Array.isArray(value)) return value.map(clean);
    return isMap(value) ? withoutDefaults(value) : value;
  };
  return Object.fromEntries(
    Object.entries(inputs)
      .filter(([name]) => name !== defaultsKey)
      .map(([name, value]) => [name, clean(value)]),
  );
}
