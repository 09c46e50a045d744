import type { Socket } from "node:net";
import type pg from "pg";
import type { Connection } from "./connection.ts";

/** Bytes that one CopyData message carries. About 64 KB is fastest: larger writes fill the kernel's buffers and wait. */
const frameBytes = 64 * 1024;
const headerBytes = 5;
/** What the caller writes into: a frame of CopyIn's, or a buffer of its own for a row that is larger than one. */
export interface CopyFrame {
  buffer: Buffer;
  /** The same bytes. */
  view: DataView;
  /** Where the next byte goes. */
  position: number;
}

/** Frames in flight: one is filled while the others are on their way to the kernel. */
const frameCount = 3;

/** The part of `pg`'s wire connection that a COPY needs. */
interface Wire {
  readonly stream: Socket;
  query(text: string): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
}

/**
 * COPY … FROM STDIN with frames that are reused: the caller writes straight into `buffer` from `position` on and calls
 * `flush` when `room` runs short, so that no value is copied twice and nothing is allocated on the way.
 * Frames end where they are full, which the protocol allows anywhere, also within a row.
 */
export class CopyIn implements CopyFrame {
  /** The frame being filled. Changes at each `flush`. */
  buffer: Buffer = Buffer.alloc(0);
  view: DataView = new DataView(this.buffer.buffer);
  /** Where the next byte goes in `buffer`. */
  position = headerBytes;
  /** Bytes of payload sent so far. */
  sent = 0;

  readonly #wire: Wire;
  readonly #free: Frame[] = [];
  #waiting: (() => void) | undefined;
  #failure: Error | undefined;
  readonly #finished: Promise<number>;

  private constructor(wire: Wire, finished: Promise<number>) {
    this.#wire = wire;
    this.#finished = finished;
    for (let i = 0; i < frameCount; i++) this.#free.push(newFrame());
    finished.catch((error: Error) => this.#fail(error));
    this.#take();
  }

  /** Starts the COPY; resolves when the server asks for data. @throws the server's error */
  static async start(connection: Connection, sql: string): Promise<CopyIn> {
    const query = new CopyQuery(sql);
    connection.client.query(query as unknown as pg.Submittable);
    const wire = await query.ready;
    return new CopyIn(wire, query.finished);
  }

  /** Bytes that still fit into the frame. */
  get room(): number {
    return headerBytes + frameBytes - this.position;
  }

  /** Most bytes that an empty frame holds. */
  static readonly capacity = frameBytes;

  /** Sends what the frame holds and waits until another one is free. @throws the server's error, as soon as it is known */
  async flush(): Promise<void> {
    if (this.#failure) throw this.#failure;
    const frame = this.buffer;
    const { view } = this;
    const end = this.position;
    if (end > headerBytes) {
      frame[0] = 0x64; // CopyData
      frame.writeInt32BE(end - 1, 1);
      this.sent += end - headerBytes;
      this.#wire.stream.write(frame.subarray(0, end), () => this.#release({ buffer: frame, view }));
      if (this.#free.length === 0) {
        await new Promise<void>((resolve) => {
          this.#waiting = resolve;
        });
        if (this.#failure) throw this.#failure;
      }
      this.#take();
    }
    this.position = headerBytes;
  }

  /** Sends bytes that are too many for one frame, in frames of the usual size. */
  async sendLarge(bytes: Uint8Array, start = 0, end = bytes.length): Promise<void> {
    for (let at = start; at < end; ) {
      if (this.room === 0) await this.flush();
      const part = Math.min(this.room, end - at);
      this.buffer.set(bytes.subarray(at, at + part), this.position);
      this.position += part;
      at += part;
    }
  }

  /** Ends the COPY. @returns the number of rows that the server took @throws the server's error */
  async finish(): Promise<number> {
    await this.flush();
    this.#wire.endCopyFrom();
    return this.#finished;
  }

  /** Gives the COPY up: the server forgets its rows. Resolves when the connection can be used again. */
  async abort(reason: string): Promise<void> {
    if (!this.#failure) this.#wire.sendCopyFail(reason.replaceAll("\0", ""));
    await this.#finished.catch(() => {});
  }

  #take(): void {
    const frame = this.#free.pop() as Frame;
    this.buffer = frame.buffer;
    this.view = frame.view;
  }

  #release(frame: Frame): void {
    this.#free.push(frame);
    this.#waiting?.();
    this.#waiting = undefined;
  }

  #fail(error: Error): void {
    this.#failure = error;
    this.#waiting?.();
    this.#waiting = undefined;
  }
}

interface Frame {
  buffer: Buffer;
  view: DataView;
}

function newFrame(): Frame {
  const buffer = Buffer.allocUnsafeSlow(headerBytes + frameBytes);
  return { buffer, view: new DataView(buffer.buffer) };
}

/** What `pg` runs as a query: it drives the protocol and hands errors over. */
class CopyQuery {
  readonly ready: Promise<Wire>;
  readonly finished: Promise<number>;
  readonly #sql: string;
  #resolveReady!: (wire: Wire) => void;
  #rejectReady!: (error: Error) => void;
  #resolveFinished!: (rows: number) => void;
  #rejectFinished!: (error: Error) => void;
  #rows = 0;
  #error: Error | undefined;

  constructor(sql: string) {
    this.#sql = sql;
    this.ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    this.finished = new Promise((resolve, reject) => {
      this.#resolveFinished = resolve;
      this.#rejectFinished = reject;
    });
    // Where the COPY never starts, only `ready` is awaited.
    this.finished.catch(() => {});
  }

  submit(wire: Wire): void {
    wire.query(this.#sql);
  }

  handleCopyInResponse(wire: Wire): void {
    this.#resolveReady(wire);
  }

  handleCommandComplete(message: { text: string }): void {
    this.#rows = Number(/\d+$/.exec(message.text)?.[0] ?? 0);
  }

  handleError(error: Error): void {
    this.#error = error;
    this.#rejectReady(error);
    // An error of the server is followed by ReadyForQuery; one of the network by nothing.
    this.#rejectFinished(error);
  }

  handleReadyForQuery(): void {
    if (!this.#error) this.#resolveFinished(this.#rows);
  }

  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyData(): void {}
}
