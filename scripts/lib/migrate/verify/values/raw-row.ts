import { createHash, type Hash } from "node:crypto";
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import type { RawValue } from "../../model/results.ts";
import { Bits64 } from "../canonical/hex.ts";
import { RawText, type SourceValue } from "../canonical/value.ts";

/** Longer texts and blobs are given by their SHA-256: their hex would pass what a string can hold. In bytes. */
const longestRaw = 1_000_000;

/**
 * A value as it is, storage class included, in one unambiguous text: what a row in quarantine is compared by. Texts are in
 * hex where they hold NUL or are not valid, since JSON and PostgreSQL cannot hold those.
 */
export function rawForm(value: SourceValue): string {
  if (value === null) return "null";
  if (typeof value === "bigint") return `integer ${value}`;
  if (typeof value === "number") return `real ${new Bits64().ofFloat(value)}`;
  if (typeof value === "string") return rawText(value);
  return value instanceof RawText ? rawBytes("text", value.bytes) : rawBytes("blob", value);
}

function rawText(value: string): string {
  if (value.length > longestRaw || value.includes("\0")) return rawBytes("text", Buffer.from(value, "utf8"));
  // Up to three bytes for each unit of a string.
  const long = value.length > longestRaw / 3 && Buffer.byteLength(value) > longestRaw;
  return long ? rawBytes("text", Buffer.from(value, "utf8")) : `text ${value}`;
}

function rawBytes(storage: "text" | "blob", bytes: Uint8Array): string {
  if (bytes.length > longestRaw) return digestForm(storage, createHash("sha256").update(bytes));
  return storage === "text" ? `text x${hex(bytes)}` : `blob ${hex(bytes)}`;
}

const digestForm = (storage: string, hash: Hash): string => `${storage} sha256 ${hash.digest("hex")}`;

/**
 * The same of a value in quarantine; undefined where it is no value, or where its file is not there.
 * @param folder of the run, where files of long values are
 */
export function rawFormOf(value: RawValue | undefined, folder: string): string | undefined {
  if (value?.file !== undefined) return ofFile(value.class, join(folder, value.file));
  switch (value?.class) {
    case "null":
      return "null";
    case "integer":
      return `integer ${value.value}`;
    case "real":
      return `real ${value.hex}`;
    case "text":
      return value.value === null ? rawBytes("text", Buffer.from(value.hex ?? "", "hex")) : rawText(value.value);
    case "blob":
      return rawBytes("blob", Buffer.from(value.hex ?? "", "hex"));
    default:
      return undefined;
  }
}

/** A piece at a time: a value may have 2 GB. */
function ofFile(storage: string, path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const hash = createHash("sha256");
  const piece = Buffer.alloc(1 << 20);
  const descriptor = openSync(path, "r");
  try {
    for (let read = readSync(descriptor, piece); read > 0; read = readSync(descriptor, piece)) {
      hash.update(piece.subarray(0, read));
    }
  } finally {
    closeSync(descriptor);
  }
  return digestForm(storage, hash);
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");

const longest = 200;

/** A value for people: quoted where it is a text, with its storage class where that may be in doubt. Never long. */
export function showValue(value: SourceValue): string {
  if (value === null) return "NULL";
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number")
    return Object.is(value, -0) ? "-0.0" : Number.isInteger(value) ? `${value}.0` : `${value}`;
  if (typeof value === "string") return cut(JSON.stringify(value.slice(0, longest)), value.length);
  const bytes = value instanceof RawText ? value.bytes : value;
  const start = cut(`x'${hex(bytes.subarray(0, longest / 2))}'`, bytes.length * 2);
  return value instanceof RawText ? `text of the bytes ${start}` : start;
}

const cut = (text: string, whole: number) => (whole > longest ? `${text}… (${whole} in all)` : text);
