import { mutationSuite } from "./mutation-suite.ts";

// The short form; `npm run mutations` makes more than two hundred.
mutationSuite(40, 7);
