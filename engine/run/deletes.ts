import type { Step } from "../plan/step.ts";
import { dependenciesOf, type ResourceState } from "../state/resource.ts";

/**
 * What is left of the old state when the program has declared everything: what was replaced, and what it does not declare any
 * more. In the order of deleting: the last made first.
 */
export function planDeletes(old: ResourceState[], isDeclared: (urn: string) => boolean): Step[] {
  const steps: Step[] = [];
  for (const state of old.toReversed()) {
    if (state.delete) steps.push({ op: "delete-replaced", urn: state.urn, old: state });
    else if (!isDeclared(state.urn)) steps.push({ op: "delete", urn: state.urn, old: state });
  }
  return steps;
}

/** Does the deletes, each once those of all that depends on it have been done. The first failure is thrown at the end. */
export async function runDeletes(steps: Step[], run: (step: Step) => Promise<void>): Promise<void> {
  const byUrn = Map.groupBy(steps, ({ urn }) => urn);
  const dependents = new Map<Step, Step[]>(steps.map((step) => [step, []]));
  for (const step of steps) {
    if (!step.old) continue;
    for (const urn of dependenciesOf(step.old)) {
      for (const other of byUrn.get(urn) ?? []) dependents.get(other)?.push(step);
    }
  }
  const running = new Map<Step, Promise<void>>();
  const start = (step: Step): Promise<void> => {
    const known = running.get(step);
    if (known) return known;
    const promise = Promise.all((dependents.get(step) ?? []).map(start)).then(() => run(step));
    running.set(step, promise);
    return promise;
  };
  const results = await Promise.allSettled(steps.map(start));
  const failure = results.find((result) => result.status === "rejected");
  if (failure) throw failure.reason;
}
