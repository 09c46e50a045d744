import { join } from "node:path";
import type { Planned } from "./planned-stack.ts";

const root = join(import.meta.dirname, "..", "..");

/**
 * Every input of every resource as one line of a table, sorted, so that a change of the program shows as lines of a diff.
 * What is text inside a text (policies, container definitions) is laid out the same way.
 */
export function resourceTable(resources: Planned[]): string {
  const blocks = resources
    .filter(({ type }) => !type.startsWith("landfall:") && type !== "pulumi:pulumi:Stack")
    .map(({ type, name, props }) => [`${type} ${name}`, ...lines(props, "")].join("\n"));
  return `${blocks.sort().join("\n\n")}\n`;
}

function lines(value: unknown, path: string): string[] {
  // The contract's own tests look at what is in it.
  if (path.endsWith(".outputs")) return [`  ${path} = <the stack's outputs>`];
  const nested = typeof value === "string" ? parsed(value) : value;
  if (Array.isArray(nested) && nested.some((item) => typeof item === "object")) {
    return nested.flatMap((item, index) => {
      const { name, value, applyMethod } = item as Record<string, string>;
      const pair = name !== undefined && value !== undefined && Object.keys(item).length <= 3;
      return pair
        ? [`  ${path}.${name} = ${shown(value)}${applyMethod === "pending-reboot" ? " (at the next restart)" : ""}`]
        : lines(item, `${path}[${index}]`);
    });
  }
  if (nested !== null && typeof nested === "object" && !Array.isArray(nested)) {
    const entries = Object.entries(nested).sort(([a], [b]) => (a < b ? -1 : 1));
    return entries.flatMap(([key, item]) =>
      path === "tags" ? tag(key, item) : lines(item, path ? `${path}.${key}` : key),
    );
  }
  return [`  ${path} = ${shown(nested)}`];
}

/** Tags are the same everywhere but for the name; one test looks at all of them. */
const tag = (key: string, value: unknown) => (key === "Name" ? [`  tags.Name = ${shown(value)}`] : []);

function parsed(text: string): unknown {
  if (!/^[[{]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function shown(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll(root, "<project>")
    .replaceAll(/(-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----(\\n)?)+/g, "<authorities of RDS>")
    .replaceAll(/SCRAM-SHA-256\$[^'"\\]*/g, "<verifier>");
}
