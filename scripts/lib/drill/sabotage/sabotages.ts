import { LandfallError } from "../../cli/errors.ts";
import { contentSabotages } from "./content.ts";
import { processSabotages } from "./process.ts";
import { rdsSabotages } from "./rds/sabotages.ts";
import { repositorySabotages } from "./repository-damage.ts";
import type { Sabotage } from "./sabotage.ts";

/** Every way in which a drill is made to fail. One that does not fail means that drills prove nothing. */
export const sabotages: Sabotage[] = [...repositorySabotages, ...contentSabotages, ...processSabotages];

const names = sabotages.map(({ name }) => name);

/** Also those that only RDS has. */
export const sabotageNames = [...new Set([...names, ...rdsSabotages.map(({ name }) => name)])];

export function chooseSabotage(name: string): Sabotage {
  const found = sabotages.find((sabotage) => sabotage.name === name);
  if (found) return found;
  throw new LandfallError(
    "usage",
    sabotageNames.includes(name) ? `${name} applies to RDS only` : `there is no sabotage ${name}`,
    `--sabotage with one of ${names.join(", ")}`,
  );
}
