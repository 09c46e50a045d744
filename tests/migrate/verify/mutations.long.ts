import { mutationSuite } from "./mutation-suite.ts";

// Another seed: LANDFALL_SEED=12 npm run mutations
mutationSuite(240, Number(process.env.LANDFALL_SEED ?? 1));
