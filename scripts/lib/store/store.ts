/**
 * Where a stack keeps what has to outlive the process that made it: the scheduler's book, drills' evidence and their history.
 * Small texts by name; a name may have folders in it, with "/".
 */
export interface Store {
  /** For people: a folder, or s3://bucket/prefix. */
  readonly place: string;
  /** Null where there is nothing of that name. */
  read(name: string): Promise<string | null>;
  /** Replaces it as a whole: nobody ever reads half of it. */
  write(name: string, text: string): Promise<void>;
  /** Adds a line, on a line of its own whatever the one before ended like. What others add meanwhile is kept. */
  append(name: string, line: string): Promise<void>;
}

/** A text with another line at its end. */
export const withLine = (text: string, line: string): string =>
  `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${line}\n`;

/** The values of a file of one JSON value a line. A line that a killed process left half-written is passed over. */
export function parseLines<T>(text: string | null): T[] {
  return (text ?? "").split("\n").flatMap((line) => {
    if (line === "") return [];
    try {
      return [JSON.parse(line) as T];
    } catch {
      return [];
    }
  });
}

/** A part of a store, as a store: names begin with `folder/`. */
export const within = (store: Store, folder: string): Store => ({
  place: `${store.place}/${folder}`,
  read: (name) => store.read(`${folder}/${name}`),
  write: (name, text) => store.write(`${folder}/${name}`, text),
  append: (name, line) => store.append(`${folder}/${name}`, line),
});
