/**
 * Something about this machine that stops the work and that a person can mend. Verbs print it as "Error:" and "Try:";
 * it is not a LandfallError because the infrastructure, which may not import scripts, throws it too.
 */
export class MachineProblem extends Error {
  readonly code = "machine";
  readonly hint: string;

  constructor(message: string, hint: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "MachineProblem";
    this.hint = hint;
  }
}
