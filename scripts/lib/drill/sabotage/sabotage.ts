import type { StackOutputs } from "../../../../infra/contract.ts";
import type { PgbackrestPlace } from "../../backup/pgbackrest.ts";
import type { Candidate } from "../../backup/restore/target.ts";
import type { Connection } from "../../db/postgres/connection.ts";
import type { LocalBackup } from "../../stack/beside.ts";
import type { AssertionName } from "../assertions.ts";
import type { Copy, RunRestore } from "../copy.ts";
import type { Goal } from "../goal.ts";

/** A way to break a backup, which a drill must notice. */
export interface Sabotage {
  name: string;
  /** What is done, in one clause. */
  what: string;
  /** The assertion that must fail, and what its cause must say: failing for another reason proves nothing. */
  expects: { assertion: AssertionName; cause: RegExp };
  /** Writes some WAL in the source, for sabotages that need several segments. Nothing else may touch the source. */
  beforeMoment?: (outputs: StackOutputs) => Promise<void>;
  /** Another target than the drill's own. */
  to?: Date;
  /** Breaks what the drill goes on with, never what the stack has. */
  apply: (outputs: StackOutputs & { backup: LocalBackup }, candidate: Candidate, goal: Goal) => Promise<Applied>;
}

/** What a drill goes on with. */
export interface Applied {
  /** Where it restores from. */
  place: PgbackrestPlace;
  /** Runs the restore. */
  restore?: RunRestore;
  /** Damages the restored files, while the copy is stopped. */
  damageFiles?: (copy: Copy) => Promise<void>;
  /** Damages rows of the copy, as superuser. */
  damageRows?: (connection: Connection) => Promise<void>;
  /** Takes another time for now. */
  now?: Date;
  /** Removes what was made for it. */
  undo: () => Promise<void>;
}

/** The drill as it is. */
export const noSabotage: Pick<Sabotage, "apply" | "to" | "beforeMoment"> = {
  apply: async (outputs) => ({ place: outputs.backup, undo: async () => {} }),
};
