import type { OperateResult, Operation } from "../run/operate.ts";
import type { PropertyMap } from "../values.ts";
import { maskSecrets } from "./mask.ts";
import { counted } from "./words.ts";

const titles: Record<Operation, string> = {
  up: "Updating",
  preview: "Previewing update",
  destroy: "Destroying",
  refresh: "Refreshing",
};

export const title = (operation: Operation, stack: string): string => `${titles[operation]} (${stack}):`;

/** Counts and time, as the Pulumi CLI closes a run. */
export function summaryLines(operation: Operation, { changes }: OperateResult, seconds: number): string[] {
  const lines = ["Resources:"];
  for (const [op, done, planned] of counted) {
    const number = changes[op] ?? 0;
    if (number > 0) lines.push(`    ${sign(op)} ${number} ${operation === "preview" ? planned : done}`);
  }
  const same = changes.same ?? 0;
  if (same > 0) lines.push(`    ${same} unchanged`);
  if (lines.length === 1) lines.push("    none");
  return ["", ...lines, "", `Duration: ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)}s`];
}

const sign = (op: string): string => ({ create: "+", update: "~", delete: "-", replace: "+-" })[op] ?? " ";

/** The stack's outputs, secrets masked. */
export function outputLines(outputs: PropertyMap): string[] {
  const entries = Object.entries(maskSecrets(outputs));
  if (entries.length === 0) return [];
  return ["", "Outputs:", ...entries.map(([key, value]) => `    ${key}: ${JSON.stringify(value)}`)];
}
