import { type Step, stateOf } from "../plan/step.ts";
import type { Listener } from "../run/events.ts";
import { isDefaultProvider, nameOf } from "../urn.ts";
import { policyLine, writeMessage } from "./lines.ts";
import { differenceLines, type Stage, signs, statusOf } from "./words.ts";

interface Row {
  step: Step;
  stage: Stage;
  planning: boolean;
  since: number;
  seconds: number;
}

const redrawMs = 100;

/**
 * A tree of what is being done, drawn again and again in place. What is as it was is only counted; messages scroll by above.
 * @param out a terminal
 */
export function treeDisplay(out: NodeJS.WriteStream): { listener: Listener; end: () => void } {
  const rows = new Map<string, Row>();
  let unchanged = 0;
  let drawn = 0;
  let last = "";
  const clear = () => {
    if (drawn > 0) out.write(`\x1b[${drawn}A\x1b[J`);
    drawn = 0;
    last = "";
  };
  const draw = (all: boolean) => {
    const lines = treeLines(rows, unchanged, out.columns || 100);
    const room = Math.max(3, (out.rows || 24) - 2);
    const shown =
      all || lines.length <= room ? lines : [...lines.slice(0, room - 1), ` … ${lines.length - room + 1} more`];
    const text = shown.map((line) => `${line}\n`).join("");
    if (text === last) return;
    clear();
    out.write(text);
    drawn = shown.length;
    last = text;
  };
  const timer = setInterval(() => draw(false), redrawMs);
  timer.unref();
  const note = (step: Step, stage: Stage, planning: boolean) => {
    if (isDefaultProvider(step.urn)) return;
    if (step.op === "same") {
      if (stage === "ended") unchanged++;
      return;
    }
    // The create and the delete of a replacement are told as the replacement.
    const known = rows.get(step.urn);
    const since = known?.since ?? Date.now();
    const shown = known && step.op === "replace" ? known.step : step;
    rows.set(step.urn, { step: shown, stage, planning, since, seconds: (Date.now() - since) / 1000 });
  };
  const listener: Listener = (event) => {
    switch (event.kind) {
      case "stepBegins":
        return note(event.step, "begun", event.planning);
      case "stepEnds":
        return note(event.step, "ended", event.planning);
      case "stepFails":
        return note(event.step, "failed", false);
      case "message":
        if (event.ephemeral) return;
        clear();
        return writeMessage(event, (line) => out.write(`${line}\n`));
      case "policy":
        clear();
        out.write(`${policyLine(event.violation)}\n`);
        return;
      case "summary":
        clearInterval(timer);
        return draw(true);
      default:
        return;
    }
  };
  return { listener, end: () => clearInterval(timer) };
}

const running = "◐◓◑◒";

function treeLines(rows: Map<string, Row>, unchanged: number, width: number): string[] {
  const children = Map.groupBy(rows.keys(), (urn) => {
    const parent = stateOf((rows.get(urn) as Row).step).parent;
    return rows.has(parent) ? parent : "";
  });
  const lines: string[] = [];
  const visit = (urn: string, depth: number) => {
    const row = rows.get(urn);
    if (!row) return;
    lines.push(rowText(row, depth, width));
    for (const child of children.get(urn) ?? []) visit(child, depth + 1);
  };
  for (const urn of children.get("") ?? []) visit(urn, 0);
  if (unchanged > 0) lines.push(` ${" ".repeat(3)}${unchanged} unchanged`);
  return lines;
}

function rowText({ step, stage, planning, since, seconds }: Row, depth: number, width: number): string {
  const time = stage === "begun" ? (Date.now() - since) / 1000 : seconds;
  const status = `${statusOf(step, stage, planning)}${planning ? "" : ` (${time.toFixed(0)}s)`}`;
  const spin = stage === "begun" && !planning ? ` ${running[Math.floor(Date.now() / redrawMs) % 4]}` : "";
  const differences = differenceLines(step).map((line) => line.split(":")[0]);
  const detail = differences.length > 0 ? ` [${differences.join(", ")}]` : "";
  const { type } = stateOf(step);
  const text = ` ${signs[step.op].padStart(2)} ${"  ".repeat(depth)}${type.split(":").at(-1)} ${nameOf(step.urn)}  ${status}${detail}${spin}`;
  return text.length >= width ? `${text.slice(0, width - 2)}…` : text;
}
