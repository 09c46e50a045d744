import type { StackOutputs } from "../../../infra/contract.ts";
import { folderStore } from "./folder.ts";
import type { Store } from "./store.ts";

/**
 * Where a stack's drills and its schedule are on record. LANDFALL_RECORDS names a folder of this machine to be used instead.
 * The SDK is loaded only where it is needed: it takes a while.
 */
export async function recordStore({ backup }: Pick<StackOutputs, "backup">): Promise<Store> {
  const folder = process.env.LANDFALL_RECORDS;
  if (folder) return folderStore(folder);
  if (backup.kind === "pgbackrest") return folderStore(backup.records);
  const { s3Store } = await import("./s3.ts");
  return s3Store({ region: backup.region, ...backup.records });
}
