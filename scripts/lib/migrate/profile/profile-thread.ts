import { threadMain } from "../../threads/thread.ts";
import type { TableScan } from "./scan.ts";
import { type ProfileInput, scanPieces } from "./scan-pieces.ts";

await threadMain<ProfileInput, Map<number, TableScan>>(scanPieces);
