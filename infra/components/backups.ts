import type { StackConfig } from "../schema.ts";

export interface PgbackrestArgs {
  stanza: string;
  dataDirectory: string;
  socket: string;
  port: number;
  role: string;
  repository: string;
  log: string;
  lock: string;
  spool: string;
  processes: number;
  backups: StackConfig["backups"];
}

/**
 * The text of pgbackrest.conf. The archive queue has no limit: pgBackRest would drop WAL silently when it is reached, and
 * a full disk is loud.
 */
export function pgbackrestConf(args: PgbackrestArgs): string {
  const { retention, compression } = args.backups;
  return [
    "# Written by the Pulumi program: change the stack's configuration instead.",
    "[global]",
    `repo1-path=${args.repository}`,
    // Retention is by count and by age together, which pgBackRest cannot say: the backup verb works out the count and
    // passes it to "expire". This count only holds for who runs pgBackRest by hand.
    "expire-auto=n",
    `repo1-retention-full=${retention.full}`,
    `repo1-retention-history=${Math.max(retention.days, 30)}`,
    "repo1-bundle=y",
    `compress-type=${compression}`,
    `process-max=${args.processes}`,
    "start-fast=y",
    "archive-async=n",
    `log-path=${args.log}`,
    `lock-path=${args.lock}`,
    `spool-path=${args.spool}`,
    "log-level-file=detail",
    "log-level-console=warn",
    "",
    `[${args.stanza}]`,
    `pg1-path=${args.dataDirectory}`,
    `pg1-socket-path=${args.socket}`,
    `pg1-port=${args.port}`,
    `pg1-user=${args.role}`,
    "",
  ].join("\n");
}

/** The server's parameters that send WAL to the repository. */
export function archiveSettings(
  pgbackrest: string,
  config: string,
  stanza: string,
  timeout: string,
): Record<string, string> {
  return {
    archive_mode: "on",
    archive_command: `"${pgbackrest}" --config="${config}" --stanza=${stanza} archive-push "%p"`,
    archive_timeout: timeout,
    wal_level: "replica",
    max_wal_senders: "5",
  };
}
