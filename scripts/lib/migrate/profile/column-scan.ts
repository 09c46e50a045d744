import { isUtf8 } from "node:buffer";
import type { SqlValue } from "../../db/sqlite/open.ts";
import { integerOf, isNarrow, isText, lengthOf, stored } from "../../db/sqlite-pages/fields.ts";
import type { StoredRow } from "../../db/sqlite-pages/stored-row.ts";
import type { BlobProfile, ColumnProfile } from "../model/profile.ts";
import { IntegerScan, RealScan } from "./number-scan.ts";
import { TextScan } from "./text-scan.ts";

export class BlobScan {
  count = 0;
  maxBytes = 0;
  uuids = 0;
  utf8 = 0;

  add(value: Uint8Array): void {
    this.count += 1;
    if (value.length > this.maxBytes) this.maxBytes = value.length;
    if (value.length === 16) this.uuids += 1;
    if (isUtf8(value) && !value.includes(0)) this.utf8 += 1;
  }

  merge(other: BlobScan): void {
    this.maxBytes = Math.max(this.maxBytes, other.maxBytes);
    for (const key of ["count", "uuids", "utf8"] as const) this[key] += other[key];
  }

  profile(): BlobProfile | null {
    return this.count === 0 ? null : { ...this };
  }
}

/** Collects what the values of one column are, by storage class. */
export class ColumnScan {
  nulls = 0;
  integers = new IntegerScan();
  reals = new RealScan();
  texts = new TextScan();
  blobs = new BlobScan();

  add(value: SqlValue): void {
    if (typeof value === "string") this.texts.add(value);
    else if (typeof value === "bigint") this.integers.add(value);
    else if (typeof value === "number") this.reals.add(value);
    else if (value === null) this.nulls += 1;
    else this.blobs.add(value);
  }

  /**
   * Adds a field of a row as it stands in the file, as the value that SQLite makes of it.
   * @param real whether the column has REAL's affinity, in which integers are floats kept short
   */
  addStored(row: StoredRow, field: number, real: boolean): void {
    const type = row.types[field] as number;
    if (type >= stored.firstBlob) {
      const at = row.places[field] as number;
      if (isText(type)) this.texts.addBytes(row.bytes, at, lengthOf(type));
      else this.blobs.add(row.bytes.subarray(at, at + lengthOf(type)));
    } else if (type === stored.null) this.nulls += 1;
    else if (type === stored.float) this.#addFloat(row.view.getFloat64(row.places[field] as number));
    else if (isNarrow(type)) {
      if (real) this.reals.add(integerOf(row, field));
      else this.integers.addNumber(integerOf(row, field));
    } else {
      const value = row.view.getBigInt64(row.places[field] as number);
      if (real) this.reals.add(Number(value));
      else this.integers.add(value);
    }
  }

  /** SQLite takes a NaN for NULL. */
  #addFloat(value: number): void {
    if (Number.isNaN(value)) this.nulls += 1;
    else this.reals.add(value);
  }

  /** @param other as it came from another thread: the fields, without the methods */
  merge(other: ColumnScan): void {
    this.nulls += other.nulls;
    this.integers.merge(other.integers);
    this.reals.merge(other.reals);
    this.texts.merge(other.texts);
    this.blobs.merge(other.blobs);
  }

  profile(name: string, samples: string[]): ColumnProfile {
    return {
      name,
      nulls: this.nulls,
      integers: this.integers.profile(),
      reals: this.reals.profile(),
      texts: this.texts.profile(),
      blobs: this.blobs.profile(),
      samples,
    };
  }
}
