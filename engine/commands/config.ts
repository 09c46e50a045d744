import { readFileSync } from "node:fs";
import { isSecure } from "../config/stack-config.ts";
import { EngineError } from "../errors.ts";
import type { Flags } from "./flags.ts";
import { openStack, type StackContext } from "./stack-context.ts";

const write = (text: string) => process.stdout.write(`${text}\n`);

export function getConfig(key: string, flags: Flags): void {
  const context = openStack(flags);
  requireStack(context);
  const value = context.config.get(key, flags.path === true);
  if (value === undefined) {
    throw new EngineError(`configuration key '${qualified(key, context)}' not found for stack '${context.name}'`);
  }
  const open = decrypt(value, context);
  write(typeof open === "string" ? open : JSON.stringify(open));
}

/** A value on the command line can be seen by others: a secret comes on stdin where it is left away. */
export function setConfig(key: string, given: string | undefined, flags: Flags): void {
  const context = openStack(flags);
  requireStack(context);
  const value = given ?? readFileSync(0, "utf8").replace(/\r?\n$/, "");
  if (flags.secret) {
    const crypter = context.crypter();
    if (context.config.salt === undefined) context.config.setSalt(crypter.salt);
    context.config.set(key, flags.path === true, { secure: crypter.encrypt(value) });
  } else context.config.set(key, flags.path === true, flags.path ? typed(value) : value);
  context.config.save();
}

export function removeConfig(key: string, flags: Flags): void {
  const context = openStack(flags);
  requireStack(context);
  context.config.remove(key, flags.path === true);
  context.config.save();
}

export function listConfig(flags: Flags): void {
  const context = openStack(flags);
  requireStack(context);
  const settings = Object.entries(context.settings());
  const shown = settings.map(([key, { text, secret }]) => [key, secret && !flags["show-secrets"] ? "[secret]" : text]);
  if (!flags.json) {
    for (const [key, text] of shown) write(`${key}  ${text}`);
    return;
  }
  const rows = settings.map(([key, { secret }], index) => {
    const text = shown[index]?.[1];
    return [key, secret && !flags["show-secrets"] ? { secret } : { value: text, secret }];
  });
  write(JSON.stringify(Object.fromEntries(rows), null, 2));
}

function requireStack({ backend, name }: StackContext): void {
  if (!backend.has(name)) throw new EngineError(`no stack named '${name}' found`);
}

const qualified = (key: string, { project }: StackContext) => (key.includes(":") ? key : `${project.name}:${key}`);

/** With --path, numbers and booleans are stored as such. */
function typed(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return /^(0|-?[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
}

function decrypt(value: unknown, context: StackContext): unknown {
  if (isSecure(value)) return context.crypter().decrypt(value.secure);
  if (Array.isArray(value)) return value.map((part) => decrypt(part, context));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, decrypt(part, context)]));
}
