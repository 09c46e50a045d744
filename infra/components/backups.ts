import type { StackOutputs } from "../contract.ts";
import type { StackConfig } from "../schema.ts";
import { parseSpan } from "../settings.ts";

export interface PgbackrestArgs {
  stanza: string;
  dataDirectory: string;
  socket: string;
  port: number;
  role: string;
  /** Folder of the first repository. */
  repository: string;
  /** Encrypts every repository; undefined where the configuration asks for none. Secret. */
  passphrase?: string | undefined;
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
  const repositories = repositoriesOf(args);
  return [
    "# Written by the Pulumi program: change the stack's configuration instead.",
    "[global]",
    // Retention is by count and by age together, which pgBackRest cannot say: the backup verb works out the count and
    // passes it to "expire". This count only holds for who runs pgBackRest by hand.
    "expire-auto=n",
    ...repositories.flatMap((settings, i) =>
      Object.entries({
        ...settings,
        ...cipher(args),
        "retention-full": retention.full,
        "retention-history": Math.max(retention.days, 30),
        bundle: "y",
      }).map(([name, value]) => `repo${i + 1}-${name}=${value}`),
    ),
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

/** The repositories: WAL goes to each of them, backups are taken into each, restores read the first that will do. */
function repositoriesOf({ repository, backups: { second } }: PgbackrestArgs): Record<string, string>[] {
  const all: Record<string, string>[] = [{ path: repository }];
  if (second.directory) all.push({ path: second.directory });
  if (second.s3) {
    const { bucket, endpoint, region, path, key, key_secret, uri_style, ca_file } = second.s3;
    const store = {
      "s3-bucket": bucket,
      "s3-endpoint": endpoint,
      "s3-region": region,
      "s3-uri-style": uri_style,
      path,
    };
    const trusted: Record<string, string> = ca_file === undefined ? {} : { "storage-ca-file": ca_file };
    all.push({ type: "s3", ...store, ...trusted, "s3-key": key, "s3-key-secret": key_secret });
  }
  return all;
}

function cipher({ backups, passphrase }: PgbackrestArgs): Record<string, string> {
  return passphrase === undefined ? {} : { "cipher-type": backups.encryption, "cipher-pass": passphrase };
}

/** The repositories as people know them: folders, and URLs of buckets. */
export function repositoryNames(first: string, { second }: StackConfig["backups"]): string[] {
  const bucket = second.s3 ? [`s3://${second.s3.bucket}${second.s3.path}`] : [];
  return [first, ...(second.directory ? [second.directory] : []), ...bucket];
}

/** The repositories that are folders of this machine. */
export const repositoryFolders = (first: string, { second }: StackConfig["backups"]): string[] =>
  second.directory ? [first, second.directory] : [first];

/** What a drill has to show, as scripts read it. */
export function drillObjectives({ drill }: Pick<StackConfig, "drill">): StackOutputs["drill"] {
  return {
    recoveryTimeObjectiveMs: parseSpan(drill.recovery_time_objective),
    recoveryPointObjectiveMs: parseSpan(drill.recovery_point_objective),
    backupAgeObjectiveMs: parseSpan(drill.backup_age_objective),
    smokeQueries: drill.smoke_queries,
    mayBeEmpty: drill.may_be_empty,
  };
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
