import type { RdsPlace } from "../../../backup/rds/client.ts";
import type { Patience } from "../../../backup/rds/wait.ts";
import type { Connection } from "../../../db/postgres/connection.ts";
import type { RdsAssertionName } from "../../assertions.ts";
import type { Earlier } from "../../checks/content.ts";
import type { Whereabouts } from "../../goal.ts";
import type { Described } from "../sabotage.ts";
import type { Answers } from "./answers.ts";

/**
 * A way to break a drill of RDS. Nobody but RDS reaches its backups' files: what can be broken is what its API answers, and
 * the temporary instance that the drill makes. The source is only read, but for a marker row.
 */
export interface RdsSabotage extends Described<RdsAssertionName> {
  /** Another target than the drill's own; newest: the last moment that RDS can restore, of which nobody wrote down a thing. */
  to?: Date | "newest";
  /** What RDS answers, otherwise than it does. */
  answers?: Answers;
  /** The copy is given up after so many questions; the drill's own patience lasts for hours. */
  questions?: number;
  /** Done to the copy while RDS makes it. */
  meanwhile?: (place: RdsPlace, name: string, patience: Patience) => Promise<void>;
  /** Done in the copy's database before it is looked at. */
  damage?: (copy: Connection, known: Known) => Promise<void>;
}

/** What a drill knows of the moment that it restores. */
export interface Known {
  whereabouts: Whereabouts;
  /** Rows at the last drill that passed. */
  earlier: Earlier | null;
}

/** Whether it takes a temporary instance, which takes its time and costs. */
export const needsInstance = ({ to, answers, questions, meanwhile, damage }: RdsSabotage): boolean =>
  to === "newest" || Boolean(answers?.copy ?? questions ?? meanwhile ?? damage);
