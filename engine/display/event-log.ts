import { appendFileSync } from "node:fs";
import { isLogical, type Step } from "../plan/step.ts";
import type { Listener, RunEvent } from "../run/events.ts";
import type { ResourceState } from "../state/resource.ts";
import { type PropertyMap, stripSecrets } from "../values.ts";
import { maskSecrets } from "./mask.ts";

/** Writes what happens as Pulumi's engine events, one JSON object a line, as the CLI does with --event-log. */
export function eventLog(file: string): Listener {
  let sequence = 0;
  return (event) => {
    const content = engineEvent(event);
    if (!content) return;
    const line = { sequence: sequence++, timestamp: Math.floor(Date.now() / 1000), ...content };
    appendFileSync(file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
  };
}

function engineEvent(event: RunEvent): Record<string, unknown> | undefined {
  switch (event.kind) {
    case "begin":
      return { preludeEvent: { config: event.config } };
    case "stepBegins":
      return { resourcePreEvent: { metadata: metadata(event.step), ...(event.planning ? { planning: true } : {}) } };
    case "stepEnds":
      return { resOutputsEvent: { metadata: metadata(event.step), ...(event.planning ? { planning: true } : {}) } };
    case "stepFails":
      return { resOpFailedEvent: { metadata: metadata(event.step), status: 2, steps: 0 } };
    case "message": {
      const { urn, text, severity, ephemeral } = event;
      const own = { message: `${text}\n`, color: "never", severity: severity === "info" ? "info#err" : severity };
      return { diagnosticEvent: { ...(urn ? { urn } : {}), ...own, ...(ephemeral ? { ephemeral } : {}) } };
    }
    case "policy": {
      const { urn, message, pack, policy, mandatory } = event.violation;
      const level = mandatory ? "mandatory" : "advisory";
      const names = { policyName: policy, policyPackName: pack };
      return { policyEvent: { resourceUrn: urn, message, color: "never", ...names, enforcementLevel: level } };
    }
    case "summary":
      return {
        summaryEvent: {
          maybeCorrupt: false,
          durationSeconds: Math.round(event.seconds),
          resourceChanges: event.changes,
          policyPacks: {},
        },
      };
    case "end":
      return { cancelEvent: {} };
  }
}

function metadata(step: Step): Record<string, unknown> {
  const { op, urn, old, next, diff } = step;
  const state = next ?? old;
  const kinds = Object.entries(diff?.detailed ?? {}).map(([path, { kind, replaces }]) => [
    path,
    { diffKind: replaces ? `${kind}-replace` : kind, inputDiff: true },
  ]);
  return {
    op,
    urn,
    type: state?.type,
    old: old ? stateOf(old) : null,
    new: next ? stateOf(next) : null,
    keys: diff?.replaces ?? null,
    diffs: diff?.diffs ?? null,
    detailedDiff: kinds.length > 0 ? Object.fromEntries(kinds) : null,
    logical: isLogical(step),
    provider: state?.provider ?? "",
  };
}

function stateOf(state: ResourceState): Record<string, unknown> {
  const { type, urn, custom, id, parent, provider, protect } = state;
  const masked = (values: PropertyMap) => stripSecrets(maskSecrets(values));
  return {
    type,
    urn,
    custom,
    id,
    parent,
    provider,
    protect,
    inputs: masked(state.inputs),
    outputs: masked(state.outputs),
  };
}
