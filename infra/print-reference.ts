// What `npm run docs` runs, because scripts know nothing of infra but its contract.
import { configurationReference } from "./reference.ts";

process.stdout.write(configurationReference());
