import { randomSuite } from "./random-suite.ts";

randomSuite(15, 1);
