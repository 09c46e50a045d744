import { Cron } from "croner";
import { z } from "zod";

/**
 * The kinds of value that a stack's configuration knows. Each says what would be right (`expected`), for error messages
 * and for the reference, which is generated from the same schemas.
 */

/** What the reference and the errors need to know of a setting. */
export interface SettingMeta {
  /** What it does, with its unit, in one sentence. */
  description: string;
  /** Completes "must be …". */
  expected: string;
}

export const settingMeta = z.registry<SettingMeta>();

function setting<T extends z.ZodType>(schema: T, expected: string, description: string): T {
  settingMeta.add(schema, { expected, description });
  return schema;
}

const must = (expected: string) => ({ error: `must be ${expected}` });

export function whole(min: number, max: number, description: string) {
  const expected = `a whole number from ${min} to ${max}`;
  return setting(z.int(must(expected)).min(min, must(expected)).max(max, must(expected)), expected, description);
}

export function decimal(min: number, max: number, description: string) {
  const expected = `a number from ${min} to ${max}`;
  return setting(z.number(must(expected)).min(min, must(expected)).max(max, must(expected)), expected, description);
}

export function flag(description: string) {
  const expected = "true or false";
  return setting(z.boolean(must(expected)), expected, description);
}

export function choice<const T extends [string, ...string[]]>(values: T, description: string) {
  const expected = `one of ${values.join(", ")}`;
  return setting(z.enum(values, must(expected)), expected, description);
}

/** A name that PostgreSQL takes without quotes, so that nothing downstream has to quote it. */
export function identifier(description: string) {
  const expected = "a lower-case name of letters, digits and _, at most 50 long";
  return setting(z.string(must(expected)).regex(/^[a-z_][a-z0-9_]{0,49}$/, must(expected)), expected, description);
}

export function text(description: string) {
  const expected = "a text that is not empty";
  return setting(z.string(must(expected)).min(1, must(expected)), expected, description);
}

export function absolutePath(description: string) {
  const expected = "an absolute path";
  return setting(z.string(must(expected)).startsWith("/", must(expected)), expected, description);
}

export function moment(description: string) {
  const expected = "a moment such as 2026-11-22T14:00:00Z";
  return setting(z.iso.datetime(must(expected)), expected, description);
}

export function webAddress(description: string) {
  const expected = "an address that starts with http:// or https://";
  return setting(z.url({ protocol: /^https?$/, ...must(expected) }), expected, description);
}

/** Memory as PostgreSQL writes it: 64kB, 16MB, 2GB. */
export function memory(description: string) {
  const expected = "an amount of memory such as 64kB, 16MB or 2GB";
  return setting(z.string(must(expected)).regex(/^[1-9]\d*(kB|MB|GB|TB)$/, must(expected)), expected, description);
}

/** Time as PostgreSQL writes it: 500ms, 30s, 5min, 2h; 0 turns the thing off. */
export function span(description: string) {
  const expected = "a time such as 500ms, 30s, 5min or 2h, or 0 for off";
  return setting(z.string(must(expected)).regex(/^(0|[1-9]\d*(ms|s|min|h|d))$/, must(expected)), expected, description);
}

/** Five fields: minute, hour, day of month, month, day of week. */
export function cron(description: string) {
  const expected = 'a cron expression of five fields, such as "0 2 * * *"';
  const valid = (value: string) => {
    try {
      return value.trim().split(/\s+/).length === 5 && new Cron(value, { paused: true }).nextRun() !== null;
    } catch {
      return false;
    }
  };
  return setting(z.string(must(expected)).refine(valid, must(expected)), expected, description);
}

export function timeZone(description: string) {
  const expected = "the name of a time zone, such as Europe/Berlin or UTC";
  const valid = (value: string) => {
    try {
      return new Intl.DateTimeFormat("en", { timeZone: value }) !== undefined;
    } catch {
      return false;
    }
  };
  return setting(z.string(must(expected)).refine(valid, must(expected)), expected, description);
}

const units = { kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 };

/** "16MB" as 16777216. Expects what `memory` lets through. */
export function parseMemory(value: string): number {
  const [, amount, unit] = value.match(/^(\d+)(kB|MB|GB|TB)$/) ?? [];
  return Number(amount) * (units[unit as keyof typeof units] ?? Number.NaN);
}

/** 16777216 as "16MB": the largest unit in which it is whole, rounded down to whole kB. */
export function formatMemory(value: number): string {
  for (const unit of ["GB", "MB"] as const) {
    if (value >= units[unit] && value % units[unit] === 0) return `${value / units[unit]}${unit}`;
  }
  return `${Math.max(1, Math.floor(value / units.kB))}kB`;
}

const spanUnits = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** "5min" as 300000 (milliseconds). Expects what `span` lets through. */
export function parseSpan(value: string): number {
  if (value === "0") return 0;
  const [, amount, unit] = value.match(/^(\d+)(ms|s|min|h|d)$/) ?? [];
  return Number(amount) * (spanUnits[unit as keyof typeof spanUnits] ?? Number.NaN);
}

/** A window in UTC as RDS writes it: 01:00-02:00 daily, tue:05:00-tue:06:00 weekly. */
export function awsWindow(how: "daily" | "weekly", description: string) {
  const time = "([01]\\d|2[0-3]):[0-5]\\d";
  const moment = how === "daily" ? time : `(mon|tue|wed|thu|fri|sat|sun):${time}`;
  const expected = `a ${how} window such as ${how === "daily" ? "01:00-02:00" : "tue:05:00-tue:06:00"}`;
  const pattern = new RegExp(`^${moment}-${moment}$`);
  return setting(z.string(must(expected)).regex(pattern, must(expected)), expected, description);
}
