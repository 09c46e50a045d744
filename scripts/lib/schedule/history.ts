import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** How one run of a scheduled job went. */
export interface RunRecord {
  job: string;
  scheduledFor: string;
  startedAt: string;
  endedAt: string;
  exitCode: number;
  missed: number;
  /** The verb's Error: line where it failed. */
  error: string | null;
}

/** The last run of each job, and since when the schedule is kept; all runs are in runs.jsonl beside it. */
interface Book {
  since: string;
  last: Record<string, RunRecord>;
  lastSuccess: Record<string, RunRecord>;
}

/** What the scheduler remembers between its lives. */
export class History {
  readonly #folder: string;
  readonly #book: Book;

  constructor(folder: string, now: Date) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    const file = join(folder, "book.json");
    this.#book = existsSync(file)
      ? (JSON.parse(readFileSync(file, "utf8")) as Book)
      : { since: now.toISOString(), last: {}, lastSuccess: {} };
    this.#save();
  }

  /** Since when the schedule is kept. */
  get since(): Date {
    return new Date(this.#book.since);
  }

  /** Up to when nothing is owed of this job. */
  settled(job: string): Date {
    return new Date(this.#book.last[job]?.scheduledFor ?? this.#book.since);
  }

  last(job: string): RunRecord | undefined {
    return this.#book.last[job];
  }

  lastSuccess(job: string): RunRecord | undefined {
    return this.#book.lastSuccess[job];
  }

  add(record: RunRecord): void {
    this.#book.last[record.job] = record;
    if (record.exitCode === 0) this.#book.lastSuccess[record.job] = record;
    appendFileSync(join(this.#folder, "runs.jsonl"), `${JSON.stringify(record)}\n`);
    this.#save();
  }

  #save(): void {
    const file = join(this.#folder, "book.json");
    writeFileSync(`${file}.new`, JSON.stringify(this.#book));
    renameSync(`${file}.new`, file);
  }
}
