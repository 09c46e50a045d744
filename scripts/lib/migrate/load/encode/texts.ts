import type { CopyFrame } from "../../../db/postgres/copy-in.ts";
import type { Conversion } from "../../model/plan.ts";
import { doubtful, type Encode, invalidText, notTaken, nulInText, RawText, type Reading } from "./encoder.ts";
import type { ColumnType } from "./type.ts";

/** What SQLite itself would read as a number: white space around it is allowed. */
const numeric = /^[ \t\n\v\f\r]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[ \t\n\v\f\r]*$/;
/** Below this length a loop over the characters is quicker than the call that writes them. */
const short = 24;
const longNonAscii = /[\ud800-\udfff\ufffd]/;

/** text, varchar(n), char(n), citext, bpchar, and whatever else reads its text form in binary COPY too: enums, xml. */
export function text(convert: Conversion, type: ColumnType, reading: Reading): Encode {
  const length = type.base === "varchar" || type.base === "char" ? type.modifiers[0] : undefined;
  const fits = (value: string) => length === undefined || value.length <= length || [...value].length <= length;
  return (value, frame) => {
    if (typeof value === "string") {
      if (convert.numbers && numeric.test(value)) return "a text that looks like a number, among numbers";
      if (length !== undefined && !fits(value)) return `it is longer than ${type.text}`;
      if (type.base === "char" && [...value].length !== length) return `${type.text} would fill it up with spaces`;
      const reason = writeText(value, frame, 0, reading);
      if (reason !== nulInText || convert.nul !== "strip") return reason;
      return writeText(value.replaceAll("\0", ""), frame, 0, reading);
    }
    if (value instanceof RawText) {
      if (value.valid) return value.bytes.includes(0) ? nulInText : writeBytes(value.bytes, frame);
      if (convert.invalid !== "replace") return invalidText;
      const replaced = new TextDecoder(reading.encoding.toLowerCase(), { ignoreBOM: true }).decode(value.bytes);
      return text({ ...convert, numbers: false }, type, reading)(replaced, frame);
    }
    if (!convert.numbers || value instanceof Uint8Array) return notTaken(value, type.text);
    return writeText(typeof value === "bigint" ? value.toString() : floatText(value), frame, 0, reading);
  };
}

/** The shortest form that gives the same float back; always with a point or an exponent, so that it is no integer's. */
export function floatText(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  const form = String(value);
  return /^-?\d+$/.test(form) ? `${form}.0` : form;
}

/** json takes the text as it is, jsonb the same after a version byte. Whether it is JSON, the server says. */
export function json({ base, text: name }: ColumnType, reading: Reading): Encode {
  const version = base === "jsonb" ? 1 : 0;
  return (value, frame) => {
    if (value instanceof RawText && value.valid && version === 0) return writeBytes(value.bytes, frame);
    return typeof value === "string" ? writeText(value, frame, version, reading) : notTaken(value, name);
  };
}

/** bytea. */
export function bytes({ texts }: Conversion, type: ColumnType, reading: Reading): Encode {
  return (value, frame) => {
    if (value instanceof Uint8Array) return writeBytes(value, frame);
    if (!texts) return notTaken(value, type.text);
    // Other bytes than UTF-8 come in a file of UTF-8 only; in one of UTF-16 there would be no bytes in UTF-8 to take.
    if (value instanceof RawText && reading.encoding === "UTF-8") return writeBytes(value.bytes, frame);
    if (typeof value !== "string") return notTaken(value, type.text);
    const reason = writeText(value, frame, 0, reading);
    if (reason !== nulInText) return reason;
    if (!reading.checked && isDoubtful(value, reading)) return doubtful;
    return writeBytes(Buffer.from(value, "utf8"), frame);
  };
}

const hyphens = [8, 13, 18, 23];

/** uuid: 16 bytes, or 32 hexadecimal digits with or without their hyphens. */
export function uuid(type: ColumnType): Encode {
  return (value, frame) => {
    if (value instanceof Uint8Array) return value.length === 16 ? writeBytes(value, frame) : "a uuid has 16 bytes";
    if (typeof value !== "string") return notTaken(value, type.text);
    const hyphenated = value.length === 36 && hyphens.every((at) => value.charCodeAt(at) === 45);
    if (!hyphenated && value.length !== 32) return notTaken(value, type.text);
    let at = frame.position + 4;
    for (let i = 0; i < value.length; i += 2) {
      if (hyphenated && value.charCodeAt(i) === 45) i++;
      const high = hexDigit(value.charCodeAt(i));
      const low = hexDigit(value.charCodeAt(i + 1));
      if (high < 0 || low < 0) return notTaken(value, type.text);
      frame.buffer[at++] = high * 16 + low;
    }
    frame.view.setInt32(frame.position, 16);
    frame.position += 20;
    return null;
  };
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

function writeBytes(value: Uint8Array, frame: CopyFrame): null {
  frame.view.setInt32(frame.position, value.length);
  frame.buffer.set(value, frame.position + 4);
  frame.position += 4 + value.length;
  return null;
}

/** @param version a byte that goes before the text, 0 for none */
function writeText(value: string, frame: CopyFrame, version: number, reading: Reading): string | null {
  const { buffer, position } = frame;
  const { length } = value;
  const start = position + 4 + version;
  if (version > 0) buffer[start - 1] = version;
  if (length < short) {
    let i = 0;
    for (; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code === 0) return nulInText;
      if (code > 127) break;
      buffer[start + i] = code;
    }
    if (i === length) {
      frame.view.setInt32(position, length + version);
      frame.position = start + length;
      return null;
    }
  }
  if (value.indexOf("\0") >= 0) return nulInText;
  const written = buffer.write(value, start);
  if (written !== length && !reading.checked && isDoubtful(value, reading)) return doubtful;
  frame.view.setInt32(position, written + version);
  frame.position = start + written;
  return null;
}

const isDoubtful = (value: string, { encoding }: Reading) =>
  encoding !== "UTF-8" ? longNonAscii.test(value) : value.indexOf("\ufffd") >= 0;
