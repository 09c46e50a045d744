import type { VerifyResult } from "../../../scripts/lib/migrate/model/results.ts";
import { seeded } from "../../support/seeded.ts";
import type { Mutation } from "./mutation.ts";
import { schemaMutations } from "./mutations-of-schema.ts";
import { valueMutations } from "./mutations-of-values.ts";

/** At least `count` mutations: each of the schema once, those of values at rows that the seed chooses. */
export function mutations(count: number, seed: number): Mutation[] {
  const random = seeded(seed);
  const all = schemaMutations();
  // A short run takes some of each.
  const ofSchema = count < 100 ? all.filter((_, i) => i % 3 === seed % 3) : all;
  const list = [...ofSchema];
  while (list.length < count) list.push(...valueMutations(random).slice(0, count - list.length + 1));
  return list;
}

/** Why a result does not show the mutation; undefined where it does. */
export function missed({ named }: Mutation, result: VerifyResult): string | undefined {
  if (result.equal) return "it was not seen: the result says equal";
  if (result.differences.some(named)) return undefined;
  const said = result.differences.slice(0, 3).map(({ text }) => text);
  return `it was seen and not named: ${said.join("; ") || JSON.stringify(result.checks.filter(({ passed }) => !passed))}`;
}
