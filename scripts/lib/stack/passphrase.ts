import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stateFolder } from "../paths.ts";

const file = join(stateFolder, "passphrase");

/**
 * What the engines need to open a stack's secrets: the user's own variables where they are set, else a passphrase that is
 * made once and kept in .landfall, readable by its owner only. Whoever shares a stack sets the variable instead.
 */
export function passphraseEnvironment(): Record<string, string> {
  if (process.env.PULUMI_CONFIG_PASSPHRASE !== undefined || process.env.PULUMI_CONFIG_PASSPHRASE_FILE) return {};
  if (!existsSync(file)) {
    mkdirSync(stateFolder, { recursive: true });
    writeFileSync(file, randomBytes(24).toString("base64url"), { mode: 0o600, flag: "wx" });
  }
  return { PULUMI_CONFIG_PASSPHRASE_FILE: file };
}
