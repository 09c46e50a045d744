import { LandfallError } from "../cli/errors.ts";
import type { PlannedStep } from "../stack/events.ts";
import { storeOf } from "./stores.ts";

/** A step of a plan that is not taken unless it is named. */
export interface Refusal {
  urn: string;
  /** The resource's own name, which --allow-replace takes. */
  name: string;
  reason: string;
}

/** What the engines call the steps that end the life of a resource. "forget" and "retain" leave it where it is. */
const ending = new Set(["delete", "replace", "create-replacement", "delete-replaced", "discard-replaced"]);

/** Groups that AWS refuses to delete while a database is in them; and Pulumi would have begun by then. */
const inUse = new Set(["aws:rds/parameterGroup:ParameterGroup", "aws:rds/subnetGroup:SubnetGroup"]);

/**
 * What a plan would destroy: databases, data volumes and backup stores that it replaces or deletes, unless they are named.
 * @param allowed names or URNs of resources whose data may go
 */
export function refusals(steps: PlannedStep[], allowed: string[] = []): Refusal[] {
  const found = new Map<string, Refusal>();
  steps.forEach((step, index) => {
    const { urn, name, op } = step;
    if (!ending.has(op) || found.has(urn) || allowed.includes(name) || allowed.includes(urn)) return;
    // The first step of a replacement is often the delete, and the reason stands at a later one.
    const keys = steps.flatMap((other) => (other.urn === urn ? other.keys : []));
    const reason = reasonFor({ ...step, keys: [...new Set(keys)] }, steps.slice(0, index));
    if (reason) found.set(urn, { urn, name, reason });
  });
  return [...found.values()];
}

function reasonFor(step: PlannedStep, before: PlannedStep[]): string | undefined {
  const what = storeOf(step);
  if (what && step.op === "delete") return `${step.name} (${what}) would be deleted`;
  if (what) {
    const why = step.keys.length > 0 ? `, because of ${step.keys.join(", ")}` : "";
    return `${step.name} (${what}) would be deleted and made anew, empty${why}`;
  }
  const deletedFirst =
    step.op === "delete-replaced" && !before.some(({ urn, op }) => urn === step.urn && op === "create-replacement");
  if (inUse.has(step.type) && deletedFirst) {
    return `${step.name} would be deleted before there is another, while the database is still in it`;
  }
  return undefined;
}

/** @throws {LandfallError} "refused", naming every resource and the option that allows it */
export function refuse(steps: PlannedStep[], allowed: string[], stack: string): void {
  const unknown = allowed.filter((name) => !steps.some((step) => step.name === name || step.urn === name));
  if (unknown.length > 0) {
    throw new LandfallError(
      "usage",
      `--allow-replace names ${unknown.join(", ")}, which the plan does not touch`,
      `npm run preview -- --stack ${stack}`,
    );
  }
  const found = refusals(steps, allowed);
  if (found.length === 0) return;
  const options = found.map(({ name }) => `--allow-replace ${name}`).join(" ");
  throw new LandfallError(
    "refused",
    `the plan for ${stack} would lose data: ${found.map(({ reason }) => reason).join("; ")}`,
    `take the change back; if the data may go: npm run up -- --stack ${stack} ${options}`,
  );
}
