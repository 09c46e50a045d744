import type { Violation } from "../plan/hooks.ts";
import { stateOf } from "../plan/step.ts";
import type { Listener, RunEvent } from "../run/events.ts";
import { isDefaultProvider, nameOf } from "../urn.ts";
import { differenceLines, type Stage, signs, statusOf } from "./words.ts";

/** One line for each thing that happens: for logs and pipes. Resources that stay as they are get none. */
export function lineDisplay(write: (line: string) => void): Listener {
  const started = new Map<string, number>();
  const show = (event: Extract<RunEvent, { kind: "stepBegins" | "stepEnds" }>, stage: Stage) => {
    const { step, planning } = event;
    if (step.op === "same" || isDefaultProvider(step.urn)) return;
    const state = stateOf(step);
    const seconds = ((Date.now() - (started.get(step.urn) ?? Date.now())) / 1000).toFixed(1);
    const time = planning ? "" : stage === "begun" ? " (0s)" : ` (${seconds}s)`;
    write(` ${signs[step.op].padStart(2)} ${state.type} ${nameOf(step.urn)} ${statusOf(step, stage, planning)}${time}`);
    if (stage === "begun") for (const line of differenceLines(step)) write(`      ${line}`);
  };
  return (event) => {
    switch (event.kind) {
      case "stepBegins":
        started.set(event.step.urn, Date.now());
        // A preview is over at once: one line is enough.
        return show(event, "begun");
      case "stepEnds":
        return event.planning || event.step.op === "replace" ? undefined : show(event, "ended");
      case "stepFails":
        return write(
          ` ${signs[event.step.op].padStart(2)} ${stateOf(event.step).type} ${nameOf(event.step.urn)} ${statusOf(event.step, "failed", false)}`,
        );
      case "message":
        return event.ephemeral ? undefined : writeMessage(event, write);
      case "policy":
        return write(policyLine(event.violation));
      default:
        return undefined;
    }
  };
}

export function policyLine({ mandatory, urn, pack, policy, message }: Violation): string {
  const who = urn === "" ? "the stack" : nameOf(urn);
  const text = message.replaceAll("\n", "\n   ");
  return ` ${mandatory ? "error" : "warning"}: [policy ${pack}/${policy}] ${who}: ${text}`;
}

export function writeMessage(event: Extract<RunEvent, { kind: "message" }>, write: (line: string) => void): void {
  const { severity, text, urn } = event;
  const who = urn === "" || event.source === "program" ? "" : `${nameOf(urn)}: `;
  const label = severity === "info" ? "" : `${severity}: `;
  for (const [index, line] of text.split("\n").entries()) write(` ${index === 0 ? `${label}${who}` : "  "}${line}`);
}
