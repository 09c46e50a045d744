// Prints docs/reference/docker-provider.md; npm run docs runs it.
import { referencePage } from "./reference.ts";

process.stdout.write(referencePage());
