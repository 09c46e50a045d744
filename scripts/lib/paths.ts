import { join } from "node:path";

/** The folder of this repository. */
export const projectRoot = join(import.meta.dirname, "..", "..");

/** Everything that runs leave behind; git ignores it. */
export const stateFolder = join(projectRoot, ".landfall");
