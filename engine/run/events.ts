import type { Violation } from "../plan/hooks.ts";
import type { Op, Step } from "../plan/step.ts";

export type Severity = "debug" | "info" | "warning" | "error";

/** What happens in a run, for whoever shows or records it. */
export type RunEvent =
  | { kind: "begin"; config: Record<string, string> }
  | { kind: "stepBegins"; step: Step; planning: boolean }
  | { kind: "stepEnds"; step: Step; planning: boolean }
  | { kind: "stepFails"; step: Step }
  | { kind: "message"; urn: string; severity: Severity; text: string; ephemeral: boolean; source: "engine" | "program" }
  | { kind: "policy"; violation: Violation }
  | { kind: "summary"; changes: Partial<Record<Op, number>>; seconds: number; failed: boolean }
  | { kind: "end" };

export type Listener = (event: RunEvent) => void;
