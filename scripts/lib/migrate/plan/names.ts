import { createHash } from "node:crypto";
import { maxIdentifierBytes } from "../../db/postgres/identifiers.ts";

export type Naming = "keep" | "snake";

/** A name in the target, and what a person should know about it where it is not the source's. */
export interface Named {
  name: string;
  /** "" where the name is kept. */
  note: string;
}

/** Columns that every table of PostgreSQL has: no other may be called so. */
const systemColumns = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/** The names of one namespace, each given once. PostgreSQL keeps 63 bytes of a name and would cut the rest without a word. */
export class Names {
  readonly #taken: Set<string>;
  readonly #naming: Naming;

  constructor(naming: Naming, taken: Iterable<string> = []) {
    this.#naming = naming;
    this.#taken = new Set(taken);
  }

  static forColumns(naming: Naming): Names {
    return new Names(naming, systemColumns);
  }

  /** Gives a name after the source's. @param exact take it as it is, where a mapping says so */
  give(source: string, exact = false): Named {
    const styled = exact || this.#naming === "keep" ? source : toSnake(source);
    const short = shorten(printable(styled));
    let name = short;
    for (let n = 2; this.#taken.has(name); n++) name = shorten(short, `_${n}`);
    this.#taken.add(name);
    if (name === source) return { name, note: "" };
    return { name, note: `is called ${name}: ${whyRenamed(source, styled, short, name)}` };
  }
}

function whyRenamed(source: string, styled: string, short: string, name: string): string {
  if (name !== short) return "the name was taken";
  if (short !== styled) return `PostgreSQL keeps ${maxIdentifierBytes} bytes of a name, and no NUL`;
  return source === styled ? "" : "in snake_case";
}

/** `HTTPServerId` and `HTTP server id` as `http_server_id`. */
export function toSnake(name: string): string {
  const snake = name
    .replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, "$1_$2")
    .replaceAll(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, "$1_$2")
    .replaceAll(/[^\p{L}\p{N}]+/gu, "_")
    .toLowerCase();
  const trimmed = name.startsWith("_") ? snake.replace(/_+$/, "") : snake.replaceAll(/^_+|_+$/g, "");
  return trimmed === "" ? name : trimmed;
}

function printable(name: string): string {
  const clean = name.replaceAll("\0", "");
  return clean === "" ? "unnamed" : clean;
}

/** Cuts a name to 63 bytes with a hash of the whole at its end, so that long names with a common beginning stay apart. */
function shorten(name: string, suffix = ""): string {
  if (Buffer.byteLength(name + suffix) <= maxIdentifierBytes) return name + suffix;
  const end = `_${createHash("sha256").update(name).digest("hex").slice(0, 8)}${suffix}`;
  let cut = name;
  while (Buffer.byteLength(cut) + end.length > maxIdentifierBytes) cut = cut.slice(0, -1);
  // Half of a surrogate pair is no character.
  return cut.replace(/[\uD800-\uDBFF]$/, "") + end;
}
