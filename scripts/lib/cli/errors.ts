import type { ExitName } from "./exit-codes.ts";

/**
 * The one error type of Landfall: thrown anywhere, printed in one place (`verb.ts`) as an "Error:" and a "Try:" line.
 * Anything else that reaches the top is a defect of ours and is reported as such.
 */
export class LandfallError extends Error {
  readonly code: ExitName;
  /** What the reader can do about it, as one imperative sentence without a full stop. */
  readonly hint: string;

  constructor(code: ExitName, message: string, hint: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "LandfallError";
    this.code = code;
    this.hint = hint;
  }
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
