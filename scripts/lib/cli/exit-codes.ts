/** How a verb can end. The one table of exit codes: docs/reference/exit-codes.md is generated from it. */
export const exitCodes = {
  ok: { code: 0, meaning: "done; nothing needs attention" },
  internal: { code: 1, meaning: "a defect of Landfall's own; the message says where to report it" },
  usage: { code: 2, meaning: "bad arguments or a bad configuration value; nothing was done" },
  machine: { code: 3, meaning: "this machine lacks something: a program, a newer Node, disk space, a free port" },
  source: { code: 4, meaning: "the SQLite file cannot be read: missing, not SQLite, encrypted, truncated or damaged" },
  target: { code: 5, meaning: "the PostgreSQL cannot be reached, refused the work, or went away in the middle" },
  infrastructure: { code: 6, meaning: "the Pulumi program or a resource of the stack failed" },
  stack: { code: 7, meaning: "the stack does not exist, is not up, or its passphrase is wrong" },
  different: { code: 8, meaning: "verification found a difference between source and target" },
  undecided: { code: 9, meaning: "objects of the source were neither migrated nor translated nor waived" },
  quarantined: { code: 10, meaning: "everything is accounted for, but some rows are in quarantine" },
  backup: { code: 11, meaning: "a backup could not be taken, listed or checked" },
  drill: { code: 12, meaning: "a restore drill failed or could not run" },
  busy: { code: 13, meaning: "another run holds the lock" },
  refused: {
    code: 14,
    meaning: "refused, because data would be lost; nothing was done, and the message names the option",
  },
  interrupted: { code: 130, meaning: "stopped by Ctrl-C or a signal; run the same command again to go on" },
} as const satisfies Record<string, { code: number; meaning: string }>;

export type ExitName = keyof typeof exitCodes;
