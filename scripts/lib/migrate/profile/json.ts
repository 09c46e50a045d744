/** What `inspectJson` found; `notJson` alone where the text is none. */
export const notJson = 0;
export const isJson = 1;
/** JSON that jsonb refuses: \u0000, a lone surrogate, a number beyond numeric, or nested too deep for the server's stack. */
export const notJsonb = 2;
export const notAscii = 4;

/** PostgreSQL's default stack takes some thousand levels. */
const deepest = 1000;
/** numeric has 131,072 digits before the point and 16,383 after it. */
const largestExponent = 16_000;

let flags = 0;
let deep = false;

/**
 * Checks a text against RFC 8259 without building anything: a tenth of JSON.parse's time.
 * @returns flags: notJson, or isJson with what else holds
 */
export function inspectJson(text: string): number {
  flags = isJson;
  deep = false;
  const end = anyValue(text, blanks(text, 0), 0);
  if (end < 0) return deep && parses(text) ? isJson | notJsonb | notAscii : notJson;
  return blanks(text, end) === text.length ? flags : notJson;
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

// Each of these takes where its part begins and gives back where it ends, or -1 where the text is no JSON.

function blanks(text: string, start: number): number {
  let at = start;
  for (let c = text.charCodeAt(at); c === 32 || c === 10 || c === 13 || c === 9; c = text.charCodeAt(at)) at += 1;
  return at;
}

function anyValue(text: string, at: number, depth: number): number {
  switch (text.charCodeAt(at)) {
    case 34: // "
      return quoted(text, at + 1);
    case 123: // {
      return nested(text, at + 1, depth, 125);
    case 91: // [
      return nested(text, at + 1, depth, 93);
    case 116:
      return text.startsWith("true", at) ? at + 4 : -1;
    case 102:
      return text.startsWith("false", at) ? at + 5 : -1;
    case 110:
      return text.startsWith("null", at) ? at + 4 : -1;
    default:
      return numeral(text, at);
  }
}

/** Members up to the closing bracket `end`; those of an object have names. */
function nested(text: string, start: number, depth: number, end: number): number {
  if (depth > deepest) {
    deep = true;
    return -1;
  }
  let at = blanks(text, start);
  if (text.charCodeAt(at) === end) return at + 1;
  for (;;) {
    if (end === 125) {
      if (text.charCodeAt(at) !== 34) return -1;
      at = quoted(text, at + 1);
      if (at < 0) return -1;
      if (text.charCodeAt(at) !== 58) at = blanks(text, at);
      if (text.charCodeAt(at) !== 58) return -1; // :
      at = blanks(text, at + 1);
    }
    at = anyValue(text, at, depth + 1);
    if (at < 0) return -1;
    let c = text.charCodeAt(at);
    if (c !== 44 && c !== end) {
      at = blanks(text, at);
      c = text.charCodeAt(at);
    }
    if (c === end) return at + 1;
    if (c !== 44) return -1; // ,
    at = blanks(text, at + 1);
  }
}

function quoted(text: string, start: number): number {
  const { length } = text;
  let seen = 0;
  for (let at = start; at < length; at++) {
    const c = text.charCodeAt(at);
    if (c === 34) {
      if (seen > 127) flags |= notAscii;
      return at + 1;
    }
    if (c < 32) return -1;
    seen |= c;
    if (c !== 92) continue;
    at = escaped(text, at + 1) - 1;
    if (at < start) return -1;
  }
  return -1;
}

function escaped(text: string, at: number): number {
  const c = text.charCodeAt(at);
  if (c !== 117) {
    const known = c === 34 || c === 92 || c === 47 || c === 98 || c === 102 || c === 110 || c === 114 || c === 116;
    return known ? at + 1 : -1;
  }
  const code = fourDigits(text, at + 1);
  if (code < 0) return -1;
  if (code < 0xd800 || code > 0xdfff) {
    if (code === 0) flags |= notJsonb;
    return at + 5;
  }
  const paired = code < 0xdc00 && text.charCodeAt(at + 5) === 92 && text.charCodeAt(at + 6) === 117;
  const low = paired ? fourDigits(text, at + 7) : 0;
  if (low >= 0xdc00 && low <= 0xdfff) return at + 11;
  flags |= notJsonb;
  return at + 5;
}

/** The code of four hexadecimal digits, or -1. */
function fourDigits(text: string, at: number): number {
  let code = 0;
  for (let i = at; i < at + 4; i++) {
    const c = text.charCodeAt(i);
    if (c >= 48 && c <= 57) code = code * 16 + c - 48;
    else if (c >= 97 && c <= 102) code = code * 16 + c - 87;
    else if (c >= 65 && c <= 70) code = code * 16 + c - 55;
    else return -1;
  }
  return code;
}

function numeral(text: string, start: number): number {
  let at = text.charCodeAt(start) === 45 ? start + 1 : start;
  const whole = digits(text, at);
  if (whole === at) return -1;
  // A zero stands alone.
  at = text.charCodeAt(at) === 48 ? at + 1 : whole;
  if (text.charCodeAt(at) === 46) {
    const end = digits(text, at + 1);
    if (end === at + 1) return -1;
    at = end;
  }
  const c = text.charCodeAt(at);
  if (c !== 101 && c !== 69) return at;
  const sign = text.charCodeAt(at + 1);
  const exponent = sign === 43 || sign === 45 ? at + 2 : at + 1;
  const end = digits(text, exponent);
  if (end === exponent) return -1;
  if (Number(text.slice(exponent, end)) > largestExponent) flags |= notJsonb;
  return end;
}

/** Where the digits from there on end. */
function digits(text: string, start: number): number {
  let at = start;
  for (let c = text.charCodeAt(at); c >= 48 && c <= 57; c = text.charCodeAt(at)) at += 1;
  return at;
}
