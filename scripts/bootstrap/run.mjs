// What `npm run X` starts: makes Node and the packages ready, then runs scripts/X.mjs with the same arguments.
import "./here.mjs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "./common.mjs";

const [verb, ...rest] = process.argv.slice(2);
const script = join(projectRoot, "scripts", `${verb}.mjs`);
process.argv = [process.execPath, script, ...rest];
await import(pathToFileURL(script).href);
