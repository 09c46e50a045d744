import { mapProperties, type PropertyMap, Secret, type Value } from "../values.ts";

export const masked = "[secret]";

/** The values with every secret as "[secret]", its length and kind hidden too. */
export function maskSecrets(values: PropertyMap): PropertyMap {
  return mapProperties(values, (part) => (part instanceof Secret ? masked : undefined));
}

/** A value on one line, secrets masked, cut where it is long. */
export function showValue(value: Value | undefined, length = 60): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
