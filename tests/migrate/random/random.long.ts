import { randomSuite } from "./random-suite.ts";

// Others: LANDFALL_SEED=5000 npm run random
randomSuite(Number(process.env.LANDFALL_FILES ?? 300), Number(process.env.LANDFALL_SEED ?? 1000));
