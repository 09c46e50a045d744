import type { Store } from "../store/store.ts";

/** What is known of a job's run when it starts. */
export interface StartedJob {
  job: string;
  scheduledFor: string;
  startedAt: string;
  missed: number;
}

/** How one run of a scheduled job went. */
export interface RunRecord extends StartedJob {
  endedAt: string;
  exitCode: number;
  /** The verb's Error: line where it failed. */
  error: string | null;
  /** It was ended from outside before it could finish: its time is still owed. */
  interrupted?: boolean;
}

/** The last run of each job, and since when the schedule is kept; all runs are in runs.jsonl beside it. */
interface Book {
  since: string;
  last: Record<string, RunRecord>;
  lastSuccess: Record<string, RunRecord>;
  /** The job that runs now, or did when its scheduler was killed. */
  running?: StartedJob | null;
}

const file = "book.json";

/** What the scheduler remembers between its lives. */
export class History {
  readonly #store: Store;
  #book: Book;

  private constructor(store: Store, book: Book) {
    this.#store = store;
    this.#book = book;
  }

  /** Reads what is there, without writing; `now` is when the schedule begins where nothing is. */
  static async read(store: Store, now: Date): Promise<History> {
    const history = new History(store, { since: now.toISOString(), last: {}, lastSuccess: {} });
    await history.reload();
    return history;
  }

  /** The same for the scheduler, which also writes down when the schedule began. */
  static async open(store: Store, now: Date): Promise<History> {
    const history = await History.read(store, now);
    await history.#save();
    return history;
  }

  /** Goes on from what another scheduler has written, or begins. */
  async takeOver(): Promise<void> {
    await this.reload();
    await this.#save();
  }

  /** Takes on what another scheduler has written since. */
  async reload(): Promise<void> {
    const text = await this.#store.read(file);
    if (text !== null) this.#book = JSON.parse(text) as Book;
  }

  /** Since when the schedule is kept. */
  get since(): Date {
    return new Date(this.#book.since);
  }

  get running(): StartedJob | null {
    return this.#book.running ?? null;
  }

  /** Up to when nothing is owed of this job. */
  settled(job: string): Date {
    const last = this.#book.last[job];
    if (!last) return this.since;
    return new Date(Date.parse(last.scheduledFor) - (last.interrupted ? 1 : 0));
  }

  last(job: string): RunRecord | undefined {
    return this.#book.last[job];
  }

  lastSuccess(job: string): RunRecord | undefined {
    return this.#book.lastSuccess[job];
  }

  async begin(started: StartedJob): Promise<void> {
    this.#book.running = started;
    await this.#save();
  }

  /** Puts a run on record. One that was interrupted twice for the same time is not owed any more: something ends it. */
  async add(record: RunRecord): Promise<void> {
    const before = this.#book.last[record.job];
    if (before?.interrupted && before.scheduledFor === record.scheduledFor) delete record.interrupted;
    this.#book.last[record.job] = record;
    if (record.exitCode === 0) this.#book.lastSuccess[record.job] = record;
    this.#book.running = null;
    await this.#store.append("runs.jsonl", JSON.stringify(record));
    await this.#save();
  }

  #save(): Promise<void> {
    return this.#store.write(file, JSON.stringify(this.#book));
  }
}
