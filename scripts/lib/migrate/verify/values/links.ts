import type { Conversion } from "../../model/plan.ts";
import { parseType, type SourceValue } from "../canonical/value.ts";
import { halves, type RowHash } from "./row-hash.ts";

/** What the order of a row's columns in its hash depends on. */
export interface LinkColumn {
  type: string;
  convert: Conversion;
  notNull: boolean;
}

/** One step of a row's hash: the canonical text of one column, under a seed that the number of another one is mixed into. */
export interface Link {
  text: number;
  number: number | undefined;
}

const bitsOf: Record<string, number> = { smallint: 16, integer: 32, bigint: 64 };

/** Whether a column is a whole number of at most 64 bits on both sides, so that it need not be hashed as a text. */
function isNumber({ type, convert }: LinkColumn): boolean {
  const { base } = parseType(type);
  return (convert.as === "integer" && base in bitsOf) || (convert.as === "boolean" && base === "boolean");
}

/**
 * Numbers go into the seeds of other columns' hashes, one into each: two in the same seed could be swapped unseen. Where there
 * are more of them than others, some are hashed as texts.
 */
export function linksOf(columns: LinkColumn[]): Link[] {
  const numbers = columns.flatMap((column, i) => (isNumber(column) ? [i] : []));
  const texts = columns.flatMap((column, i) => (isNumber(column) ? [] : [i]));
  while (numbers.length > texts.length) texts.push(numbers.pop() as number);
  return texts.map((text, i) => ({ text, number: numbers[i] }));
}

/** What stands for a NULL in a seed; not what stands for a column that is hashed as a text and is NULL. */
export const nullNumber = 0x1e37_79b9_7f4a_7c15n;
const [nullHigh, nullLow] = halves(nullNumber);

/** Mixes a number into the seed; false where its column does not take the value. */
export type MixNumber = (value: SourceValue, hash: RowHash) => boolean;

const words = new Int32Array(2);
const cell = new BigInt64Array(words.buffer);

export function numberMixer({ type, convert }: LinkColumn): MixNumber {
  return convert.as === "boolean" ? booleanMixer(convert) : integerMixer(bitsOf[parseType(type).base] ?? 64);
}

function integerMixer(bits: number): MixNumber {
  // Above these bits all are as the sign.
  const above = Math.min(bits, 32) - 1;
  return (value, hash) => {
    if (value === null) hash.mix(nullHigh, nullLow);
    else if (typeof value === "bigint") {
      cell[0] = value;
      const low = words[0] as number;
      const high = words[1] as number;
      if (bits < 64 && (low >> above !== high || low >> 31 !== high)) return false;
      hash.mix(high, low);
    } else return false;
    return true;
  };
}

function booleanMixer({ true: yes = [], false: no = [] }: Conversion): MixNumber {
  return (value, hash) => {
    if (value === null) hash.mix(nullHigh, nullLow);
    else if (value === 1n || (typeof value === "string" && yes.includes(value))) hash.mix(0, 1);
    else return value === 0n || (typeof value === "string" && no.includes(value));
    return true;
  };
}

/**
 * The same number in the target, as a bigint; NULL only where the plan has none and `planned` holds. A column that became
 * another type there is an error of class 42, which is a difference by itself.
 */
export function numberSql(name: string, { convert, notNull }: LinkColumn, planned: boolean): string {
  const never = notNull && planned;
  if (convert.as !== "boolean") return never ? name : `coalesce(${name}, ${nullNumber})`;
  return `CASE WHEN ${name} THEN 1::bigint WHEN NOT ${name} THEN 0 ${never ? "" : `ELSE ${nullNumber} `}END`;
}
