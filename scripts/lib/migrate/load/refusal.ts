import { isServerError, type ServerError } from "../../db/postgres/errors.ts";
import type { Misfit } from "./row.ts";
import type { TableShape } from "./shape.ts";

/**
 * Whether the server refused a row for what it holds: data exceptions, constraint violations, and rows that exceed one of its
 * limits. Anything else (disk, memory, rights, shutdown) is no row's fault.
 */
export function isRefusal(error: unknown): error is ServerError {
  return isServerError(error) && /^(22|23|54)/.test(error.code);
}

/**
 * Which row and column the server means. Its context reads `COPY table, line 3, column c: …`, in the server's language.
 * @returns `number` counts from 1 within the COPY; absent where the server does not say
 */
export function refusedRow(error: ServerError, { targetName, columns }: TableShape): Misfit & { number?: number } {
  const context = (error.where ?? "").split("\n").find((line) => line.startsWith(`COPY ${targetName}, `)) ?? "";
  const rest = context.slice(`COPY ${targetName}, `.length);
  const number = /\d+/.exec(rest)?.[0];
  const column = columns.findIndex(({ target }) => new RegExp(` ${literally(target)}(?::|$)`).test(rest));
  const reason = `PostgreSQL refused it: ${error.message}${error.detail ? ` (${error.detail})` : ""}`;
  return { column, reason, ...(number === undefined ? {} : { number: Number(number) }) };
}

const literally = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
