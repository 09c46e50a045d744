import { isUtf8 } from "node:buffer";
import type { SqlValue } from "../../db/sqlite/open.ts";
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
