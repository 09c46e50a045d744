import { isAscii, isUtf8 } from "node:buffer";
import type { DateDialect, TextProfile } from "../model/profile.ts";
import { dateDialect, dialects, fraction, minutes, noDate } from "./dates.ts";
import { FewTexts } from "./few-texts.ts";
import { inspectJson, isJson, notAscii, notJsonb } from "./json.ts";
import { integerDigits, numberForm, scale } from "./numbers-in-text.ts";
import { encoded, encodedLength, encodeText } from "./text-bytes.ts";
import { uuidForm } from "./uuids.ts";

/** From this length on the native look at bytes is quicker than a loop. */
const long = 200;

/** What a first byte can begin; a text that begins otherwise is none of it. */
const none = 0;
const number = 1;
const json = 2;
const letter = 4;
const begins = new Uint8Array(256);
const mark = (characters: string, what: number) => {
  for (const c of characters) begins[c.charCodeAt(0)] = (begins[c.charCodeAt(0)] ?? none) | what;
};
mark("0123456789", number | letter);
mark("+-. \t\n\v\f\r", number);
mark('{["tfn \t\n\r', json);
mark("abcdefABCDEF", letter);

/** Collects what the texts of one column are, by their bytes. */
export class TextScan {
  count = 0;
  maxLength = 0;
  maxBytes = 0;
  empty = 0;
  withNul = 0;
  invalidUtf8 = 0;
  nonAscii = 0;
  integers = 0;
  decimals = { count: 0, scale: 0, integerDigits: 0 };
  numericLooking = 0;
  /** By the dialect's number. */
  dates = dialects.map(() => 0);
  fractionDigits = 0;
  milliseconds = 0;
  minutes = 0;
  json = { objects: 0, arrays: 0, scalars: 0, notJsonb: 0 };
  uuids = { lower: 0, upper: 0, plain32: 0 };
  distinct = new FewTexts();
  /** A U+FFFD came in a string: it is one, or stands for bytes that are not UTF-8. Only the bytes can tell. */
  suspect = false;

  add(text: string): void {
    encodeText(text);
    this.addBytes(encoded, 0, encodedLength);
    if (encodedLength !== text.length && text.includes("\ufffd")) this.suspect = true;
  }

  /** A text as it is stored in a file of UTF-8. */
  addBytes(bytes: Buffer, start: number, length: number): void {
    this.count += 1;
    this.distinct.add(bytes, start, length);
    if (length === 0) {
      this.empty += 1;
      return;
    }
    const end = start + length;
    const first = begins[bytes[start] as number] as number;
    if (first !== none && this.#recognize(bytes, start, end, first)) {
      if (length > this.maxBytes) this.maxBytes = length;
      if (length > this.maxLength) this.maxLength = length;
    } else this.#weigh(bytes, start, end);
  }

  /** True where the text was recognized as something that has only ASCII, and no NUL. */
  #recognize(bytes: Buffer, start: number, end: number, first: number): boolean {
    if (first & letter) {
      const uuid = uuidForm(bytes, start, end);
      if (uuid !== null) {
        this.uuids[uuid] += 1;
        return true;
      }
    }
    if (first & number) {
      const dialect = dateDialect(bytes, start, end);
      if (dialect !== noDate) {
        this.dates[dialect] = (this.dates[dialect] as number) + 1;
        if (fraction > this.fractionDigits) this.fractionDigits = fraction;
        if (fraction === 3) this.milliseconds += 1;
        if (minutes) this.minutes += 1;
        return true;
      }
      if (this.#recognizeNumber(bytes, start, end)) return true;
    }
    return (first & json) !== 0 && this.#recognizeJson(bytes, start, end);
  }

  #recognizeNumber(bytes: Buffer, start: number, end: number): boolean {
    const form = numberForm(bytes, start, end);
    if (form === null) return false;
    this.numericLooking += 1;
    if (form !== "looking") {
      if (form === "integer") this.integers += 1;
      this.decimals.count += 1;
      if (scale > this.decimals.scale) this.decimals.scale = scale;
      if (integerDigits > this.decimals.integerDigits) this.decimals.integerDigits = integerDigits;
      this.json.scalars += 1;
    } else if (inspectJson(bytes, start, end) !== 0) this.json.scalars += 1;
    return true;
  }

  #recognizeJson(bytes: Buffer, start: number, end: number): boolean {
    const found = inspectJson(bytes, start, end);
    if ((found & isJson) === 0) return false;
    let first = start;
    while ((bytes[first] as number) <= 32) first += 1;
    if (bytes[first] === 123) this.json.objects += 1;
    else if (bytes[first] === 91) this.json.arrays += 1;
    else this.json.scalars += 1;
    if (found & notJsonb) this.json.notJsonb += 1;
    return (found & notAscii) === 0;
  }

  #weigh(bytes: Buffer, start: number, end: number): void {
    let seen = 0;
    let nul = false;
    if (end - start < long) {
      for (let at = start; at < end; at++) {
        const byte = bytes[at] as number;
        if (byte === 0) nul = true;
        seen |= byte;
      }
    } else {
      const part = bytes.subarray(start, end);
      nul = part.includes(0);
      if (!isAscii(part)) seen = 128;
    }
    if (nul) this.withNul += 1;
    if (seen > 127) this.#weighUtf8(bytes.subarray(start, end));
    else this.#measure(end - start, end - start);
  }

  /** Bytes that are not UTF-8 count as the U+FFFD that a reader gets for them. */
  #weighUtf8(bytes: Buffer): void {
    this.nonAscii += 1;
    const valid = isUtf8(bytes);
    if (!valid) this.invalidUtf8 += 1;
    const whole = valid ? bytes : Buffer.from(bytes.toString());
    this.#measure(whole.length, whole.length > this.maxLength ? characters(whole) : 0);
  }

  #measure(bytes: number, length: number): void {
    if (bytes > this.maxBytes) this.maxBytes = bytes;
    if (length > this.maxLength) this.maxLength = length;
  }

  /** Takes in what another scan of the same column found. */
  merge(other: TextScan): void {
    this.count += other.count;
    this.maxLength = Math.max(this.maxLength, other.maxLength);
    this.maxBytes = Math.max(this.maxBytes, other.maxBytes);
    this.empty += other.empty;
    this.withNul += other.withNul;
    this.invalidUtf8 += other.invalidUtf8;
    this.nonAscii += other.nonAscii;
    this.integers += other.integers;
    this.numericLooking += other.numericLooking;
    this.decimals.count += other.decimals.count;
    this.decimals.scale = Math.max(this.decimals.scale, other.decimals.scale);
    this.decimals.integerDigits = Math.max(this.decimals.integerDigits, other.decimals.integerDigits);
    this.dates = this.dates.map((times, dialect) => times + (other.dates[dialect] ?? 0));
    this.fractionDigits = Math.max(this.fractionDigits, other.fractionDigits);
    this.milliseconds += other.milliseconds;
    this.minutes += other.minutes;
    for (const key of ["objects", "arrays", "scalars", "notJsonb"] as const) this.json[key] += other.json[key];
    for (const key of ["lower", "upper", "plain32"] as const) this.uuids[key] += other.uuids[key];
    this.distinct.merge(other.distinct);
  }

  profile(): TextProfile | null {
    if (this.count === 0) return null;
    const { suspect: _, distinct, dates, ...found } = this;
    const seen = dialects.flatMap((dialect, i) => (dates[i] ? [[dialect, dates[i]]] : []));
    const byDialect: Partial<Record<DateDialect, number>> = Object.fromEntries(seen);
    return { ...found, dates: byDialect, distinct: distinct.sorted() };
  }
}

/** Characters of valid UTF-8: bytes that do not go on with one. */
function characters(bytes: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < bytes.length; i++) if (((bytes[i] as number) & 0xc0) !== 0x80) count += 1;
  return count;
}
