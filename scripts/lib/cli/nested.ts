import type { Reporter } from "./reporter.ts";

/** A reporter for work that is one step of a larger one: its own steps are told as notes, so that only one count is shown. */
export function nested(reporter: Reporter): Reporter {
  return {
    step: (_, __, title) => reporter.note(title),
    progress: (title, total, unit) => reporter.progress(title, total, unit),
    note: (text) => reporter.note(text),
    warn: (text) => reporter.warn(text),
  };
}
