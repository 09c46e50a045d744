import { type ColumnFacts, only, type TypeChoice } from "./choice.ts";

export function asJson({ seen, inKey }: ColumnFacts): TypeChoice | null {
  const { objects, arrays, scalars, notJsonb } = seen.texts.json;
  const valid = objects + arrays + scalars;
  // jsonb may read two different texts as the same value: not in a key.
  if (inKey || !only(seen, "texts") || valid !== seen.texts.count) return null;
  if (notJsonb > 0) {
    const reason = `all of it is JSON, but ${notJsonb} hold \\u0000 or half a surrogate pair, which jsonb refuses`;
    return { type: "json", convert: { as: "json" }, reason };
  }
  const reason = seen.count === 0 ? "it holds no values" : "all of it is JSON";
  return { type: "jsonb", convert: { as: "json" }, reason };
}

export function asUuid({ seen }: ColumnFacts): TypeChoice | null {
  const { lower, upper, plain32 } = seen.texts.uuids;
  const forms = [lower, upper, plain32, seen.blobs.uuids].filter((count) => count > 0).length;
  const fits = only(seen, "texts", "blobs") && lower + upper + plain32 === seen.texts.count;
  // In two forms one UUID may stand twice, as two different values.
  if (!fits || seen.blobs.uuids !== seen.blobs.count || forms > 1) return null;
  const reason = seen.count === 0 ? "declared so; it holds no values" : "all of it is UUIDs of one form";
  return { type: "uuid", convert: { as: "uuid" }, reason };
}
