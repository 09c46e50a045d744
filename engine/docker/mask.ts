import { isMap, type PropertyMap, Secret, type Value } from "../values.ts";

/** Texts so short occur by chance, and hide nothing. */
const shortest = 4;

/** A message without the secrets of the inputs that it is about: what Docker or a build says may repeat them. */
export function maskSecrets(message: string, inputs: PropertyMap): string {
  const secrets = secretTexts(inputs, false)
    .filter((text) => text.length >= shortest)
    .sort((a, b) => b.length - a.length);
  return secrets.reduce((masked, secret) => masked.replaceAll(secret, "[secret]"), message);
}

function secretTexts(value: Value, secret: boolean): string[] {
  if (value instanceof Secret) return secretTexts(value.value, true);
  if (Array.isArray(value)) return value.flatMap((part) => secretTexts(part, secret));
  if (isMap(value)) return Object.values(value).flatMap((part) => secretTexts(part, secret));
  if (!secret || (typeof value !== "string" && typeof value !== "number")) return [];
  const text = String(value);
  // NAME=value: what is repeated is the value alone.
  const [, assigned] = text.match(/^\w+=(.+)$/s) ?? [];
  return assigned ? [text, assigned] : [text];
}
