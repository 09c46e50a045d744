import type { DateDialect, TextProfile } from "../model/profile.ts";
import { dateDialect, fraction } from "./dates.ts";
import { inspectJson, isJson, notAscii, notJsonb } from "./json.ts";
import { integerDigits, numberForm, scale } from "./numbers-in-text.ts";
import { uuidForm } from "./uuids.ts";

const mostDistinct = 16;
const longestDistinct = 40;

/** What a first character can begin; a text that begins otherwise is none of it. */
const none = 0;
const number = 1;
const json = 2;
const letter = 4;
const begins = new Uint8Array(128);
const mark = (characters: string, what: number) => {
  for (const c of characters) begins[c.charCodeAt(0)] = (begins[c.charCodeAt(0)] ?? none) | what;
};
mark("0123456789", number | letter);
mark("+-. \t\n\v\f\r", number);
mark('{["tfn \t\n\r', json);
mark("abcdefABCDEF", letter);

/** Characters beyond U+FFFF are two units of a string. */
function characters(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) !== 0xdc00) count += 1;
  return count;
}

/** Collects what the texts of one column are. */
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
  dates: Partial<Record<DateDialect, number>> = {};
  fractionDigits = 0;
  milliseconds = 0;
  json = { objects: 0, arrays: 0, scalars: 0, notJsonb: 0 };
  uuids = { lower: 0, upper: 0, plain32: 0 };
  distinct: Set<string> | null = new Set();
  /** A U+FFFD came: it is one, or stands for bytes that are not UTF-8. Only the bytes can tell. */
  suspect = false;

  add(text: string): void {
    this.count += 1;
    const { length } = text;
    if (this.distinct !== null) this.keep(text);
    if (length === 0) {
      this.empty += 1;
      return;
    }
    const first = text.charCodeAt(0);
    if (this.recognize(text, first < 128 ? (begins[first] ?? none) : none)) {
      if (length > this.maxBytes) this.maxBytes = length;
      if (length > this.maxLength) this.maxLength = length;
    } else this.weigh(text);
  }

  /** True where the text was recognized as something that has only ASCII, and no NUL. */
  private recognize(text: string, first: number): boolean {
    if (first & letter) {
      const uuid = uuidForm(text);
      if (uuid !== null) {
        this.uuids[uuid] += 1;
        return true;
      }
    }
    if (first & number) {
      const dialect = dateDialect(text);
      if (dialect !== null) {
        this.dates[dialect] = (this.dates[dialect] ?? 0) + 1;
        if (fraction > this.fractionDigits) this.fractionDigits = fraction;
        if (fraction === 3) this.milliseconds += 1;
        return true;
      }
      if (this.recognizeNumber(text)) return true;
    }
    return (first & json) !== 0 && this.recognizeJson(text);
  }

  private recognizeNumber(text: string): boolean {
    const form = numberForm(text);
    if (form === null) return false;
    this.numericLooking += 1;
    if (form !== "looking") {
      if (form === "integer") this.integers += 1;
      this.decimals.count += 1;
      if (scale > this.decimals.scale) this.decimals.scale = scale;
      if (integerDigits > this.decimals.integerDigits) this.decimals.integerDigits = integerDigits;
      this.json.scalars += 1;
    } else if (inspectJson(text) !== 0) this.json.scalars += 1;
    return true;
  }

  private recognizeJson(text: string): boolean {
    const found = inspectJson(text);
    if ((found & isJson) === 0) return false;
    const start = text.trimStart().charCodeAt(0);
    if (start === 123) this.json.objects += 1;
    else if (start === 91) this.json.arrays += 1;
    else this.json.scalars += 1;
    if (found & notJsonb) this.json.notJsonb += 1;
    return (found & notAscii) === 0;
  }

  private weigh(text: string): void {
    const bytes = Buffer.byteLength(text);
    if (bytes > this.maxBytes) this.maxBytes = bytes;
    if (bytes !== text.length) this.nonAscii += 1;
    if (text.includes("\0")) this.withNul += 1;
    if (text.length > this.maxLength)
      this.maxLength = Math.max(this.maxLength, bytes === text.length ? bytes : characters(text));
    if (bytes !== text.length && text.includes("\ufffd")) this.suspect = true;
  }

  private keep(text: string): void {
    if (text.length > longestDistinct) this.distinct = null;
    else if (this.distinct?.add(text) && this.distinct.size > mostDistinct) this.distinct = null;
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
    for (const [dialect, times] of Object.entries(other.dates) as [DateDialect, number][])
      this.dates[dialect] = (this.dates[dialect] ?? 0) + times;
    this.fractionDigits = Math.max(this.fractionDigits, other.fractionDigits);
    this.milliseconds += other.milliseconds;
    for (const key of ["objects", "arrays", "scalars", "notJsonb"] as const) this.json[key] += other.json[key];
    for (const key of ["lower", "upper", "plain32"] as const) this.uuids[key] += other.uuids[key];
    const all = this.distinct && other.distinct ? new Set([...this.distinct, ...other.distinct]) : null;
    this.distinct = all && all.size <= mostDistinct ? all : null;
  }

  profile(): TextProfile | null {
    if (this.count === 0) return null;
    const { suspect: _, distinct, ...found } = this;
    return { ...found, distinct: distinct ? [...distinct].sort() : null };
  }
}
