import { SingleBar } from "cli-progress";

/**
 * How long work tells of itself. Everything goes to stderr, so that stdout holds data only.
 * On a terminal there are bars; elsewhere plain lines, at most one every few seconds.
 */
export interface Reporter {
  /** Announces step `number` of `total`. */
  step(number: number, total: number, title: string): void;
  /** Starts a measured piece of work. `total` is in `unit`s, for example rows; 0 where it is not known. */
  progress(title: string, total: number, unit: string): Progress;
  note(text: string): void;
  warn(text: string): void;
}

export interface Progress {
  /** Says how far the work is, in units since its start. */
  update(done: number): void;
  /** Ends the piece of work; safe to call twice. */
  done(): void;
}

const plainInterval = 5_000;

export function createReporter(stream: NodeJS.WriteStream = process.stderr): Reporter {
  const line = (text: string) => void stream.write(`${text}\n`);
  return {
    step: (number, total, title) => line(`[${number}/${total}] ${title}`),
    progress: (title, total, unit) =>
      stream.isTTY ? barProgress(stream, title, total, unit) : plainProgress(line, title, total, unit),
    note: (text) => line(`      ${text}`),
    warn: (text) => line(`warning: ${text}`),
  };
}

/** For tests and for `--quiet`-like uses: says nothing. */
export const silentReporter: Reporter = {
  step() {},
  progress: () => ({ update() {}, done() {} }),
  note() {},
  warn() {},
};

/** Bars that are on the terminal. */
const shown = new Set<SingleBar>();

/** Takes the bars away and brings the cursor back: before the process ends in the middle of something. */
export function clearBars(): void {
  for (const bar of shown) bar.stop();
  shown.clear();
}

function barProgress(stream: NodeJS.WriteStream, title: string, total: number, unit: string): Progress {
  const format = `      {bar} {percentage}% ${title} {value}/{total} ${unit}, {duration_formatted}`;
  // Its own handler of signals would count as a step that has something to finish first: the verb would not end.
  const own = { gracefulExit: false };
  const bar = new SingleBar({ stream, format, barsize: 24, clearOnComplete: true, hideCursor: true, fps: 5, ...own });
  bar.start(total, 0);
  shown.add(bar);
  return {
    update: (done) => bar.update(done),
    done() {
      if (shown.delete(bar)) bar.stop();
    },
  };
}

function plainProgress(line: (text: string) => void, title: string, total: number, unit: string): Progress {
  let last = Date.now();
  return {
    update(done) {
      if (Date.now() - last < plainInterval) return;
      last = Date.now();
      const share = total > 0 ? ` of ${total} (${Math.floor((100 * done) / total)}%)` : "";
      line(`      ${title}: ${done}${share} ${unit}`);
    },
    done() {},
  };
}
