import type { Op, Step } from "../plan/step.ts";
import { stateOf } from "../plan/step.ts";
import { splitPath } from "../property-path.ts";
import type { PropertyMap, Value } from "../values.ts";
import { isMap, Secret } from "../values.ts";
import { masked, showValue } from "./mask.ts";

/** The sign before a resource, as the Pulumi CLI has it. */
export const signs: Record<Op, string> = {
  same: " ",
  create: "+",
  update: "~",
  delete: "-",
  replace: "+-",
  "create-replacement": "++",
  "delete-replaced": "--",
  refresh: "~",
};

const doing: Record<Op, string> = {
  same: "unchanged",
  create: "creating",
  update: "updating",
  delete: "deleting",
  replace: "replacing",
  "create-replacement": "creating replacement",
  "delete-replaced": "deleting original",
  refresh: "refreshing",
};

const done: Record<Op, string> = {
  same: "unchanged",
  create: "created",
  update: "updated",
  delete: "deleted",
  replace: "replaced",
  "create-replacement": "created replacement",
  "delete-replaced": "deleted original",
  refresh: "refreshed",
};

const wouldDo: Record<Op, string> = {
  same: "",
  create: "create",
  update: "update",
  delete: "delete",
  replace: "replace",
  "create-replacement": "create replacement",
  "delete-replaced": "delete original",
  refresh: "refresh",
};

export type Stage = "begun" | "ended" | "failed";

export function statusOf(step: Step, stage: Stage, planning: boolean): string {
  if (stage === "failed") return `**${doing[step.op]} failed**`;
  if (planning) return wouldDo[step.op];
  const text = (stage === "begun" ? doing : done)[step.op];
  const retained = /^delete/.test(step.op) && stateOf(step).retainOnDelete;
  return retained ? `${text} [retain]` : text;
}

/** What the count of each kind of change is called in the summary. */
export const counted: [Op, string, string][] = [
  ["create", "created", "to create"],
  ["update", "updated", "to update"],
  ["delete", "deleted", "to delete"],
  ["replace", "replaced", "to replace"],
];

/** Where a step changes properties: `path: old => new`, secrets masked. */
export function differenceLines(step: Step): string[] {
  const { old, next, diff } = step;
  if (!old || !next || (step.op !== "update" && step.op !== "replace")) return [];
  return Object.entries(diff?.detailed ?? {})
    .filter(([path]) => !path.startsWith("__"))
    .map(([path, { replaces }]) => {
      const from = showValue(at(old.inputs, path));
      const to = showValue(at(next.inputs, path));
      return `${path}: ${from} => ${to}${replaces || diff?.replaces.includes(path) ? " (replaces)" : ""}`;
    });
}

function at(values: PropertyMap, path: string): Value | undefined {
  let value: Value | undefined = values;
  for (const segment of splitPath(path)) {
    if (value instanceof Secret) return masked;
    if (Array.isArray(value)) value = value[Number(segment)];
    else value = isMap(value) ? value[String(segment)] : undefined;
  }
  return value;
}
