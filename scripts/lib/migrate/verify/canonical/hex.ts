const digits = "0123456789abcdef";
/** The four hex digits of each 16-bit number: made once, because every float and every timestamp is four of them. */
const quads = Array.from({ length: 65_536 }, (_, value) => {
  const digit = (shift: number) => digits[(value >>> shift) & 15] as string;
  return digit(12) + digit(8) + digit(4) + digit(0);
});

/** A number's lower 32 bits as 8 hex digits. */
export const int32Hex = (value: number): string => (quads[value >>> 16] as string) + (quads[value & 0xffff] as string);

/** A safe integer as 16 hex digits in two's complement. */
export function int64Hex(value: number): string {
  const high = Math.floor(value / 0x1_0000_0000);
  return int32Hex(high) + int32Hex(value - high * 0x1_0000_0000);
}

const cell = new DataView(new ArrayBuffer(8));

/** A float's bits, as float8send gives them. */
export function floatHex(value: number): string {
  cell.setFloat64(0, value);
  return int32Hex(cell.getUint32(0)) + int32Hex(cell.getUint32(4));
}
