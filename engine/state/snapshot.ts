import type { Checkpoint } from "./checkpoint.ts";
import { isSameState, type PendingOperation, type ResourceState } from "./resource.ts";

/**
 * The state while a run changes it. New resources stand in the order in which they were done, then those of the old state that
 * the run has not come to yet. Whoever needs the file to say something before going on awaits it: all that is asked for
 * while one write is under way goes into the next.
 */
export class Snapshot {
  readonly #base: ResourceState[];
  readonly #news: ResourceState[] = [];
  readonly #done = new Set<ResourceState>();
  #pending: PendingOperation[];
  readonly #renamed = new Map<string, string>();
  readonly #write: (checkpoint: Checkpoint) => void;
  #changed = false;
  #next: Promise<void> | undefined;

  /** @param write replaces the file in one step */
  constructor(before: Checkpoint, write: (checkpoint: Checkpoint) => void) {
    this.#base = before.resources;
    // An update or a delete that was interrupted is told by the resource itself: it is still there, as it was.
    this.#pending = before.pending.filter(({ type }) => type === "creating");
    this.#changed = this.#pending.length < before.pending.length;
    this.#write = write;
  }

  /** Creates that an earlier run recorded and did not finish. */
  get pendingCreates(): PendingOperation[] {
    return this.#pending.filter(({ type }) => type === "creating");
  }

  /** Records, before it begins, what may end without a word. */
  async begin(type: PendingOperation["type"], resource: ResourceState): Promise<PendingOperation> {
    const operation = { type, resource: { ...resource } };
    this.#drop(resource.urn);
    this.#pending.push(operation);
    await this.save();
    return operation;
  }

  /** The operation has ended, well or not. What it came to is saved with it. */
  async end(operation: PendingOperation): Promise<void> {
    this.#pending = this.#pending.filter((other) => other !== operation);
    await this.save();
  }

  /** A resource that is as it was; written only where the file would say something else of it. */
  same(old: ResourceState, state: ResourceState): void {
    this.#done.add(old);
    this.#news.push(state);
    this.#drop(state.urn);
    if (!isSameState(old, state)) this.#changed = true;
  }

  /** A resource that was made or changed. `old` is what it takes the place of. */
  put(state: ResourceState, old?: ResourceState): void {
    if (old) this.#done.add(old);
    this.#news.push(state);
    this.#drop(state.urn);
    this.#changed = true;
  }

  /** A resource that is gone. */
  remove(state: ResourceState): void {
    const at = this.#news.indexOf(state);
    if (at >= 0) this.#news.splice(at, 1);
    this.#done.add(state);
    this.#changed = true;
  }

  /** What the state holds of a resource has been changed in place. */
  touch(): void {
    this.#changed = true;
  }

  /** From now on what names the one URN names the other. */
  rename(from: string, to: string): void {
    this.#renamed.set(from, to);
  }

  clearPending(): void {
    if (this.#pending.length > 0) this.#changed = true;
    this.#pending = [];
  }

  /** Resolves once the file says what this says now. */
  save(): Promise<void> {
    this.#changed = true;
    this.#next ??= new Promise((resolve, reject) => {
      setImmediate(() => {
        this.#next = undefined;
        try {
          this.#write(this.checkpoint());
          this.#changed = false;
          resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
    return this.#next;
  }

  /** The last write of a run; none where nothing has changed. */
  async finish(): Promise<void> {
    if (this.#next) await this.#next;
    if (this.#changed) await this.save();
  }

  checkpoint(): Checkpoint {
    const rest = this.#base.filter((state) => !this.#done.has(state)).map((state) => this.#withNewNames(state));
    return { resources: [...this.#news, ...rest], pending: this.#pending };
  }

  #drop(urn: string): void {
    const left = this.#pending.filter(({ resource }) => resource.urn !== urn);
    if (left.length < this.#pending.length) this.#changed = true;
    this.#pending = left;
  }

  #withNewNames(state: ResourceState): ResourceState {
    if (this.#renamed.size === 0) return state;
    const current = (urn: string) => this.#renamed.get(urn) ?? urn;
    const at = state.provider.lastIndexOf("::");
    return {
      ...state,
      parent: current(state.parent),
      deletedWith: current(state.deletedWith),
      provider: at < 0 ? state.provider : `${current(state.provider.slice(0, at))}${state.provider.slice(at)}`,
      dependencies: state.dependencies.map(current),
      propertyDependencies: Object.fromEntries(
        Object.entries(state.propertyDependencies).map(([key, urns]) => [key, urns.map(current)]),
      ),
    };
  }
}
