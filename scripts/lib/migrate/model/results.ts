import type { Account } from "./plan.ts";
import type { StorageClass } from "./source.ts";

/** A point-in-time copy of the source, in the run's folder. */
export interface Snapshot {
  source: string;
  file: string;
  bytes: number;
  /** SHA-256 of the copy, hex. */
  sha256: string;
  takenAt: string;
  /** Lines of PRAGMA integrity_check other than "ok", of rules and indexes; a file with a broken tree is refused. */
  integrity: string[];
  /** Rows of PRAGMA foreign_key_check, by child table and foreign key number. */
  foreignKeyViolations: { table: string; foreignKey: number; parent: string; rows: number }[];
}

export interface LoadResult {
  tables: TableLoad[];
  /** Wall-clock time of the whole, ms. */
  durationMs: number;
  bytes: number;
}

export interface TableLoad {
  source: string;
  target: string;
  rows: number;
  loaded: number;
  quarantined: number;
}

/** A row that the target could not hold, unchanged: a line of quarantine.jsonl and a row of landfall.quarantine. */
export interface QuarantinedRow {
  table: string;
  /** rowid or primary key, as name → value. */
  key: Record<string, RawValue>;
  /** The first column that did not fit, and why. */
  column: string;
  reason: string;
  row: Record<string, RawValue>;
}

/** A value with its storage class, so that nothing is lost in JSON: integers as decimal strings, reals and texts as hex of their bytes too where JSON cannot hold them. */
export interface RawValue {
  class: StorageClass;
  /** Decimal string for integer, shortest decimal for real, the text itself where it is valid UTF-8 without NUL; else null. */
  value: string | null;
  /** Hex: the blob, the text's bytes as UTF-8, the real's big-endian IEEE bits; null for integer and null. */
  hex: string | null;
  /** Instead of both, for a value of more than 64 MB: the file in the run's folder that holds its bytes as stored. */
  file?: string;
}

export interface FinishResult {
  statements: number;
  durationMs: number;
  sequences: { table: string; column: string; next: string }[];
  /** Constraints left NOT VALID, with the server's words. */
  notValid: { name: string; reason: string }[];
  /** What was planned and the server refused, by its account: not made at all, or made and left NOT VALID. */
  refused: { account: string; name: string; reason: string; made: boolean }[];
}

/** One difference between source and target, named as exactly as it can be. */
export interface Difference {
  kind:
    | "row-missing"
    | "row-extra"
    | "row-twice"
    | "value"
    | "count"
    | "schema"
    | "sequence"
    | "constraint"
    | "view"
    | "quarantine";
  table: string;
  /** Row's key as text, where there is a row. */
  key: string | null;
  column: string | null;
  source: string | null;
  target: string | null;
  text: string;
}

/** A view that shows another row of a group than SQLite does, which leaves open which it is. */
export interface OpenView {
  account: string;
  name: string;
}

export interface VerifyResult {
  tables: TableProof[];
  rows: number;
  values: number;
  /** At most 1,000 are listed; the count is of all that were found. */
  differences: Difference[];
  differenceCount: number;
  /** Named checks beside the values: schema, constraints, foreign keys, sequences, views, quarantine. */
  checks: { name: string; passed: boolean; detail: string }[];
  /** Views that somebody has to decide on; absent in results of older runs. */
  open?: OpenView[];
  /** From the first look at the target on, which may have been beside the finish; without what only other steps took. */
  durationMs: number;
  /** The server's version, as "PostgreSQL 15.18"; absent in results of older runs. */
  server?: string;
  equal: boolean;
}

export interface TableProof {
  source: string;
  target: string;
  rows: number;
  values: number;
  quarantined: number;
  /** Equal on both sides: sum over all rows of the 64-bit hash of the row's canonical form, as a decimal string. */
  digest: string;
  equal: boolean;
}

/** Which run it was. */
export interface RunFacts {
  id: string;
  startedAt: string;
  source: string;
  /** Without a password. */
  destination: string;
  /** How long each step took that was done, by its name. */
  steps: Partial<Record<string, { finishedAt: string; durationMs: number }>>;
}

/** What report.json holds and report.html shows. */
export interface MigrationReport {
  version: 1;
  writtenAt: string;
  /** `exit` is a name of the table of exit codes. */
  verdict: { exit: string; text: string; problem?: { message: string; hint: string } };
  run: RunFacts;
  versions: { landfall: string; node: string; sqlite: string; server: string };
  snapshot: Snapshot;
  source: { encoding: string; views: number; triggers: number };
  /** Of the target. */
  schema: string;
  tables: ReportTable[];
  /** Every object of the source with its end. */
  accounts: Account[];
  load: { durationMs: number; bytes: number };
  finish: FinishResult;
  verify: VerifyResult;
}

export interface ReportTable {
  source: string;
  target: string;
  rows: number;
  loaded: number;
  quarantined: number;
  digest: string;
  equal: boolean;
  columns: ReportColumn[];
}

export interface ReportColumn {
  source: string;
  target: string;
  /** Type as the source declares it, "" where it declares none. */
  declared: string;
  type: string;
  reason: string;
  /** Storage classes seen: "12 TEXT, 3 NULL". */
  found: string;
}
