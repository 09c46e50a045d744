import type { CopyFrame } from "../../../db/postgres/copy-in.ts";
import type { Conversion } from "../../model/plan.ts";
import { type Encode, notTaken } from "./encoder.ts";
import type { ColumnType } from "./type.ts";

/** smallint, integer, bigint. */
export function integer({ base, text }: ColumnType): Encode {
  if (base === "smallint") return narrow(2, -32_768, 32_767, text);
  if (base === "integer") return narrow(4, -2_147_483_648, 2_147_483_647, text);
  return (value, frame) => {
    if (typeof value !== "bigint") return notTaken(value, text);
    frame.view.setInt32(frame.position, 8);
    frame.view.setBigInt64(frame.position + 4, value);
    frame.position += 12;
    return null;
  };
}

function narrow(bytes: 2 | 4, min: number, max: number, type: string): Encode {
  return (value, frame) => {
    if (typeof value !== "bigint") return notTaken(value, type);
    const number = Number(value);
    if (number < min || number > max) return `${value} is beyond ${type}`;
    frame.view.setInt32(frame.position, bytes);
    if (bytes === 2) frame.view.setInt16(frame.position + 4, number);
    else frame.view.setInt32(frame.position + 4, number);
    frame.position += 4 + bytes;
    return null;
  };
}

const exactInDouble = 2n ** 53n;

/** double precision, bit for bit; real, where nothing is lost. */
export function real({ base, text }: ColumnType): Encode {
  const single = base === "real";
  return (value, frame) => {
    let number: number;
    if (typeof value === "number") number = value;
    else if (typeof value === "bigint") {
      if (value > exactInDouble || value < -exactInDouble) return `${value} has more digits than ${text} keeps`;
      number = Number(value);
    } else return notTaken(value, text);
    if (single) {
      if (!Object.is(Math.fround(number), number)) return `${number} has more digits than real keeps`;
      frame.view.setInt32(frame.position, 4);
      frame.view.setFloat32(frame.position + 4, number);
      frame.position += 8;
    } else {
      frame.view.setInt32(frame.position, 8);
      frame.view.setFloat64(frame.position + 4, number);
      frame.position += 12;
    }
    return null;
  };
}

export function boolean({ true: yes = [], false: no = [] }: Conversion, { text }: ColumnType): Encode {
  const truths = new Map<unknown, 0 | 1>([
    [0n, 0],
    [1n, 1],
    ...yes.map((word): [string, 1] => [word, 1]),
    ...no.map((word): [string, 0] => [word, 0]),
  ]);
  return (value, frame) => {
    const truth = typeof value === "bigint" || typeof value === "string" ? truths.get(value) : undefined;
    if (truth === undefined) return typeof value === "bigint" ? `${value} is neither 0 nor 1` : notTaken(value, text);
    frame.view.setInt32(frame.position, 1);
    frame.buffer[frame.position + 4] = truth;
    frame.position += 5;
    return null;
  };
}

/** Writes a bigint, or what is stored like one. @param value a safe integer */
export function writeInt64(value: number, frame: CopyFrame): null {
  const high = Math.floor(value / 0x1_0000_0000);
  frame.view.setInt32(frame.position, 8);
  frame.view.setInt32(frame.position + 4, high);
  frame.view.setUint32(frame.position + 8, value - high * 0x1_0000_0000);
  frame.position += 12;
  return null;
}
