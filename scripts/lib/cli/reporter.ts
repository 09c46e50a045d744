import cliProgress, { type GenericFormatter } from "cli-progress";

/**
 * How long work tells of itself. Everything goes to stderr, so that stdout holds data only.
 * On a terminal there are bars, one at a time; elsewhere plain lines, at most one every few seconds.
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
  const line = (text: string) => besideBars(() => stream.write(`${text}\n`));
  return {
    step: (number, total, title) => line(`[${number}/${total}] ${title}`),
    progress: (title, total, unit) =>
      stream.isTTY ? new Bar(stream, title, total, unit) : plainProgress(line, title, total, unit),
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

// CommonJS: of its names only some are found by an import.
const { Format, SingleBar } = cliProgress;

/** Bars of what is under way. The first is on the terminal: two would draw over each other, so the others wait for their turn. */
const bars: Bar[] = [];

/** Takes the bars away and brings the cursor back: before the process ends in the middle of something. */
export function clearBars(): void {
  bars[0]?.hide();
  bars.length = 0;
}

/** Writes while no bar is on the terminal. */
function besideBars(write: () => void): void {
  bars[0]?.hide();
  write();
  bars[0]?.show();
}

class Bar implements Progress {
  readonly #bar: cliProgress.SingleBar;
  readonly #total: number;
  #done = 0;

  constructor(stream: NodeJS.WriteStream, title: string, total: number, unit: string) {
    const started = Date.now();
    // Not cli-progress's own duration: that begins anew whenever the bar is shown again.
    const format: GenericFormatter = (options, { progress, value }) => {
      const seconds = Format.TimeFormat(Math.round((Date.now() - started) / 1000), options, 1);
      const percentage = Math.floor(progress * 100);
      return `      ${Format.BarFormat(progress, options)} ${percentage}% ${title} ${value}/${total} ${unit}, ${seconds}`;
    };
    // Its own handler of signals would count as a step that has something to finish first: the verb would not end.
    const own = { gracefulExit: false };
    this.#bar = new SingleBar({ stream, format, barsize: 24, clearOnComplete: true, hideCursor: true, fps: 5, ...own });
    this.#total = total;
    bars.push(this);
    if (bars[0] === this) this.show();
  }

  show(): void {
    this.#bar.start(this.#total, this.#done);
  }

  hide(): void {
    this.#bar.stop();
  }

  update(done: number): void {
    this.#done = done;
    if (bars[0] === this) this.#bar.update(done);
  }

  done(): void {
    const place = bars.indexOf(this);
    if (place < 0) return;
    if (place === 0) this.hide();
    bars.splice(place, 1);
    if (place === 0) bars[0]?.show();
  }
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
