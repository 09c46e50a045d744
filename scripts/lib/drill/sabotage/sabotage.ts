import type { StackOutputs } from "../../../../infra/contract.ts";
import type { PgbackrestPlace } from "../../backup/pgbackrest.ts";
import type { Candidate } from "../../backup/restore/target.ts";
import type { LocalBackup } from "../../stack/beside.ts";
import type { AssertionName } from "../assertions.ts";
import type { RunRestore } from "../copy.ts";
import type { Goal } from "../goal.ts";

type Outputs = StackOutputs & { backup: LocalBackup };

/** A stack that stands in for the stack in a drill. */
export interface Elsewhere {
  outputs: Outputs;
  undo: () => Promise<void>;
}

/** What is told of a sabotage, and what it must make fail. */
export interface Described<Name extends string = string> {
  name: string;
  /** What is done, in one clause. */
  what: string;
  /** The assertion that must fail, and what its cause must say: failing for another reason proves nothing. */
  expects: { assertion: Name; cause: RegExp };
}

/** A way to break a backup, which a drill must notice. */
export interface Sabotage extends Described<AssertionName> {
  /** Writes some WAL in the source, for sabotages that need several segments. Nothing else may touch the source. */
  beforeMoment?: (outputs: StackOutputs) => Promise<void>;
  /** Another target than the drill's own. */
  to?: Date;
  /**
   * Sets up a broken clone of the stack, which is drilled in its place.
   * @param drillOnce drills such a clone without sabotage, for its history
   */
  elsewhere?: (outputs: Outputs, drillOnce: (clone: Outputs) => Promise<void>) => Promise<Elsewhere>;
  /** Breaks what the drill goes on with, never what the stack has. */
  apply: (outputs: Outputs, candidate: Candidate, goal: Goal) => Promise<Applied>;
}

/** What a drill goes on with. */
export interface Applied {
  /** Where it restores from. */
  place: PgbackrestPlace;
  /** Runs the restore. */
  restore?: RunRestore;
  /** Takes another time for now. */
  now?: Date;
  /** Removes what was made for it. */
  undo: () => Promise<void>;
}

/** The drill as it is. */
export const noSabotage: Pick<Sabotage, "apply" | "to" | "beforeMoment"> = {
  apply: async (outputs) => ({ place: outputs.backup, undo: async () => {} }),
};
