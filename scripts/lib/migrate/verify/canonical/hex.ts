const digits = "0123456789abcdef";

/** The four hex digits of each 16-bit number, as a text and as the four bytes of it: floats and timestamps are four each. */
export const quadTexts = Array.from({ length: 65_536 }, (_, value) => {
  const digit = (shift: number) => digits[(value >>> shift) & 15] as string;
  return digit(12) + digit(8) + digit(4) + digit(0);
});
export const quadWords = Int32Array.from(quadTexts, (text) => Buffer.from(text).readInt32LE());

/** A number's lower 32 bits as 8 hex digits. */
export const int32Hex = (value: number): string =>
  (quadTexts[(value >>> 16) & 0xffff] as string) + (quadTexts[value & 0xffff] as string);

const cell = new DataView(new ArrayBuffer(8));

/**
 * A canonical form of 16 hex digits, kept as two numbers. Each column has one, which its next value changes: making a text of
 * every float and timestamp would take longer than hashing it.
 */
export class Bits64 {
  high = 0;
  low = 0;

  /** @param value a safe integer, in two's complement */
  ofInteger(value: number): this {
    const high = Math.floor(value / 0x1_0000_0000);
    this.high = high | 0;
    this.low = (value - high * 0x1_0000_0000) | 0;
    return this;
  }

  ofBigInt(value: bigint): this {
    cell.setBigInt64(0, value);
    return this.#ofCell();
  }

  ofFloat(value: number): this {
    cell.setFloat64(0, value);
    return this.#ofCell();
  }

  #ofCell(): this {
    this.high = cell.getInt32(0);
    this.low = cell.getInt32(4);
    return this;
  }

  toString(): string {
    return int32Hex(this.high) + int32Hex(this.low);
  }
}
