import { existsSync, readFileSync } from "node:fs";

/** The parts of Pulumi's engine events (apitype.EngineEvent) that are read here. */
interface EngineEvent {
  resourcePreEvent?: { metadata: StepMetadata };
  diagnosticEvent?: { urn?: string; message: string; severity: string };
  policyEvent?: { message: string; enforcementLevel: string; policyName?: string; resourceUrn?: string };
  summaryEvent?: { resourceChanges?: Record<string, number>; durationSeconds?: number };
}

interface StepMetadata {
  op: string;
  urn: string;
  type: string;
  keys?: string[] | null;
  diffs?: string[] | null;
  old?: { inputs?: Record<string, unknown> | null } | null;
  new?: { inputs?: Record<string, unknown> | null } | null;
}

/** What an engine means to do, or has done, with one resource. Secrets are masked in it. */
export interface PlannedStep {
  /** Pulumi's word: same, create, update, delete, replace, create-replacement, delete-replaced, … */
  op: string;
  type: string;
  urn: string;
  /** The last part of the URN. */
  name: string;
  /** Inputs that make a replacement necessary. */
  keys: string[];
  diffs: string[];
  inputs: Record<string, unknown>;
  /** The inputs before; absent where the resource is new. */
  old?: Record<string, unknown>;
}

/** What an operation of the engine came to. */
export interface OperationSummary {
  /** Resources by what was done with them: create, update, delete, replace, same. */
  changes: Record<string, number>;
  seconds: number;
  /** Error messages, each of a resource or of the program. */
  errors: string[];
  /** In the engine's order. */
  steps: PlannedStep[];
}

/** Reads the file that an engine wrote for `--event-log`: one JSON event a line. */
export function readEvents(file: string): OperationSummary {
  const summary: OperationSummary = { changes: {}, seconds: 0, errors: [], steps: [] };
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  for (const line of lines.filter(Boolean)) {
    const event = JSON.parse(line) as EngineEvent;
    if (event.summaryEvent) {
      summary.changes = event.summaryEvent.resourceChanges ?? {};
      summary.seconds = event.summaryEvent.durationSeconds ?? 0;
    }
    if (event.policyEvent?.enforcementLevel === "mandatory") summary.errors.push(policyError(event.policyEvent));
    if (event.resourcePreEvent) summary.steps.push(stepOf(event.resourcePreEvent.metadata));
    if (event.diagnosticEvent?.severity === "error") summary.errors.push(plain(event.diagnosticEvent.message));
  }
  return summary;
}

function policyError({ message, policyName, resourceUrn }: NonNullable<EngineEvent["policyEvent"]>): string {
  const resource = resourceUrn?.split("::").at(-1);
  return `policy ${policyName ?? "of the pack"}${resource ? `, ${resource}` : ""}: ${plain(message)}`;
}

function stepOf({ op, urn, type, keys, diffs, old, new: next }: StepMetadata): PlannedStep {
  const step = { op, urn, type, name: urn.split("::").at(-1) ?? urn, keys: keys ?? [], diffs: diffs ?? [] };
  return { ...step, inputs: next?.inputs ?? {}, ...(old ? { old: old.inputs ?? {} } : {}) };
}

/** Pulumi writes colours into messages as <{%fg 1%}>. */
const plain = (message: string): string => message.replaceAll(/<\{%[^%]*%\}>/g, "").trim();

/** How many resources an operation changed; "same" ones did not. */
export function changeCount(changes: Record<string, number>): number {
  return Object.entries(changes).reduce((sum, [kind, count]) => sum + (kind === "same" ? 0 : count), 0);
}
