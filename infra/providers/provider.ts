/**
 * What every module in this folder exports as `provider`: the life of one kind of resource, as plain functions over plain
 * values. No Pulumi here: the same functions are called by the dynamic provider (resources.ts), by either
 * engine, and by tests.
 */
export interface Provider<Inputs extends object, Outputs extends Inputs> {
  /**
   * Outputs that can be told before anything is done, from what the machine has now: they become inputs too. A preview knows
   * of a resource that it would change only the inputs, and what is not known makes whatever depends on it look replaced.
   * @param olds inputs of the last time, with what was foreseen then; empty for a new resource
   */
  foresee?(olds: Partial<Outputs>, news: Inputs): Promise<Partial<Outputs>>;
  /** Makes the resource, or takes over what an interrupted run left. Must be safe to repeat. */
  create(inputs: Inputs): Promise<{ id: string; outputs: Outputs }>;
  /** Whether `news` needs work. Looks at the world too where that is cheap, so that `up` mends what has died. */
  diff(id: string, olds: Outputs, news: Inputs): Promise<Difference>;
  update(id: string, olds: Outputs, news: Inputs): Promise<Outputs>;
  /** The resource as it is now; null where it is gone. Absent: what the state says is taken as true. */
  read?(id: string, outputs: Outputs): Promise<Outputs | null>;
  delete(id: string, outputs: Outputs): Promise<void>;
}

export interface Difference {
  changes: boolean;
  /** Properties that cannot change in place. */
  replaces?: string[];
  /** For what exists once on a machine: a port, a folder, a stanza. */
  deleteBeforeReplace?: boolean;
}

/** The common diff: some properties replace, any other difference updates. */
export function compare<T extends object>(olds: T, news: Partial<T>, replacing: (keyof T & string)[] = []): Difference {
  const changed = (key: keyof T) => !equal(olds[key], news[key]);
  const replaces = replacing.filter(changed);
  // Pulumi puts the provider's own text among the inputs (__provider): another version of it is no change of the resource.
  const own = (Object.keys(news) as (keyof T & string)[]).filter((key) => !key.startsWith("__"));
  const changes = own.some(changed);
  return { changes, replaces, deleteBeforeReplace: replaces.length > 0 };
}

/** Structural equality of JSON values; an absent property equals an undefined one. */
export function equal(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part === null || typeof part !== "object" || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** Set by `down --keep-data`: the delete of whatever holds data leaves it where it is, for the next `up` to take over. */
export const keepsData = (): boolean => process.env.LANDFALL_KEEP_DATA === "1";
