import type { PropertyMap } from "../values.ts";
import type { Daemon } from "./daemon.ts";
import type { Fields } from "./fields.ts";

/** One resource type of the package, as this provider serves it. Its inputs are checked and plain: no secret, no unknown. */
export interface ResourceKind {
  fields: Fields;
  /** Properties of the real provider that are refused here. */
  notServed: readonly string[];
  /** What is known only once the resource is made: outputs that are no inputs, or inputs that may be left to Docker. */
  computed: readonly string[];
  /** Whether a name is made up where none is given, as the real provider does. */
  autoName: boolean;
  /** What the real provider keeps beside the outputs, for its own use. */
  meta: string | null;
  /** Two cannot exist side by side even under different names. */
  deleteFirst: boolean;

  create(daemon: Daemon, inputs: PropertyMap, urn: string): Promise<Made>;
  /** Null where it is gone. `known` are the outputs of the state; empty for an import. */
  read(daemon: Daemon, id: string, known: PropertyMap): Promise<Made | null>;
  /** Makes the changes that need no new resource. */
  update(daemon: Daemon, id: string, olds: PropertyMap, news: PropertyMap): Promise<PropertyMap>;
  delete(daemon: Daemon, id: string, outputs: PropertyMap): Promise<void>;
}

export interface Made {
  id: string;
  outputs: PropertyMap;
}
