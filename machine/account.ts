import { readFileSync } from "node:fs";
import { MachineProblem } from "./problem.ts";

/** A user of this machine that a server may run as. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
  home: string;
}

/** `postgres` comes with every packaged PostgreSQL; `nobody` is there where PostgreSQL was built by hand. */
const candidates = ["postgres", "_postgres", "nobody"];

/**
 * The account that the stack's processes run as: null for an ordinary user, who needs no other; for root an unprivileged
 * one, because PostgreSQL refuses to run as root and nothing else here needs to.
 */
export function unprivilegedAccount(): Account | null {
  if (process.getuid?.() !== 0) return null;
  const known = accounts();
  for (const name of candidates) {
    const account = known.get(name);
    if (account) return account;
  }
  throw new MachineProblem(
    `root may not run PostgreSQL, and none of the accounts ${candidates.join(", ")} is there to run it as`,
    "install PostgreSQL from the system's packages (they bring the account), or run this as an ordinary user",
  );
}

function accounts(): Map<string, Account> {
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  return new Map(
    lines.flatMap((line) => {
      const [name, , uid, gid, , home] = line.split(":");
      return name && uid && gid ? [[name, { name, uid: Number(uid), gid: Number(gid), home: home || "/" }]] : [];
    }),
  );
}
