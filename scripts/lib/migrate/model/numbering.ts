import type { ColumnPlan } from "./plan.ts";

/** Whether the target numbers a column itself: by IDENTITY, or by the sequence of a `serial` that was deployed. */
export function numbersItself({ identity, default: value }: Pick<ColumnPlan, "identity" | "default">): boolean {
  return identity || (value?.startsWith("nextval(") ?? false);
}
