import { hostname } from "node:os";
import type { Tag } from "@aws-sdk/client-rds";
import type { RdsBackup } from "../../stack/beside.ts";

/** By these what Landfall makes in RDS is found again, and nothing else is ever removed. */
export const tagKeys = {
  madeFor: "landfall:made-for",
  source: "landfall:source",
  /** Host and process that made it. */
  runner: "landfall:runner",
  /** ISO 8601: what is older than this was left behind, wherever it was made. */
  expires: "landfall:expires",
} as const;

export type MadeFor = "backup" | "copy" | "drill";

/** What the scheduler's jobs call themselves (LANDFALL_RUNNER): of these no two run at once, on whatever machine. */
export const scheduled = (): string | undefined => process.env.LANDFALL_RUNNER;

export const runner = (): string => scheduled() ?? `${hostname()}/${process.pid}`;

export function tagsFor(madeFor: MadeFor, backup: RdsBackup, expires?: Date): Tag[] {
  const tags: Record<string, string> = { [tagKeys.madeFor]: madeFor, [tagKeys.source]: backup.identifier };
  if (expires) Object.assign(tags, { [tagKeys.runner]: runner(), [tagKeys.expires]: expires.toISOString() });
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export const tagOf = (tags: Tag[] | undefined, key: string): string | undefined =>
  tags?.find(({ Key }) => Key === key)?.Value;
