import { Utf8 } from "./utf8.ts";

const digits = "0123456789abcdef";

/** The four hex digits of each 16-bit number, as the word of their bytes: floats and timestamps are four each. */
const quadWords = Int32Array.from({ length: 65_536 }, (_, value) => {
  const digit = (shift: number) => digits.charCodeAt((value >>> shift) & 15);
  return digit(12) | (digit(8) << 8) | (digit(4) << 16) | (digit(0) << 24);
});

const cell = new DataView(new ArrayBuffer(8));

/** A canonical form of 16 hex digits. */
export class Bits64 extends Utf8 {
  constructor() {
    super(16);
    this.length = 16;
  }

  /** @param value a safe integer, in two's complement */
  ofInteger(value: number): this {
    const high = Math.floor(value / 0x1_0000_0000);
    return this.#of(high | 0, (value - high * 0x1_0000_0000) | 0);
  }

  ofBigInt(value: bigint): this {
    cell.setBigInt64(0, value);
    return this.#of(cell.getInt32(0), cell.getInt32(4));
  }

  ofFloat(value: number): this {
    cell.setFloat64(0, value);
    return this.#of(cell.getInt32(0), cell.getInt32(4));
  }

  #of(high: number, low: number): this {
    const { words } = this;
    words[0] = quadWords[high >>> 16] as number;
    words[1] = quadWords[high & 0xffff] as number;
    words[2] = quadWords[low >>> 16] as number;
    words[3] = quadWords[low & 0xffff] as number;
    return this;
  }
}

/** Writes a number's lower 32 bits as 8 hex digits. */
export function int32Hex(value: number, out: Utf8): Utf8 {
  out.words[0] = quadWords[(value >>> 16) & 0xffff] as number;
  out.words[1] = quadWords[value & 0xffff] as number;
  out.length = 8;
  return out;
}

/** Writes bytes as hex digits. */
export function hexOf(bytes: Uint8Array, out: Utf8): Utf8 {
  const { length } = bytes;
  out.reserve(length * 2);
  const { words } = out;
  let at = 0;
  for (; at + 1 < length; at += 2) {
    words[at >> 1] = quadWords[((bytes[at] as number) << 8) | (bytes[at + 1] as number)] as number;
  }
  // Of the last word only the half counts.
  if (at < length) words[at >> 1] = quadWords[(bytes[at] as number) << 8] as number;
  out.length = length * 2;
  return out;
}
