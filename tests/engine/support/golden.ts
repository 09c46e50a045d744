import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openCrypter } from "../../../engine/secrets/passphrase.ts";

const folder = join(import.meta.dirname, "..", "fixtures", "golden");

export interface GoldenStep {
  name: string;
  command: "up" | "destroy";
  /** Plain settings from this step on; undefined removes one. */
  set?: Record<string, string | undefined>;
  password?: string;
}

/** What was done with the real CLI before each state of fixtures/golden/ was taken. */
export const steps: GoldenStep[] = [
  { name: "01-fresh", command: "up", password: "s3cret" },
  { name: "02-no-op", command: "up" },
  { name: "03-update-and-ignored", command: "up", set: { text: "changed" } },
  { name: "04-replace", command: "up", set: { aPath: "out/a2.txt" } },
  { name: "05-delete-before-replace-with-dependent", command: "up", set: { dbrPath: "out/dbr2.txt" } },
  { name: "06-renamed-by-alias", command: "up", set: { aName: "a-renamed" } },
  { name: "07-check-failure", command: "up", set: { text: "forbidden" } },
  { name: "08-fail-flag-without-change", command: "up", set: { text: "changed-again", fail: "true" } },
  { name: "09-retain-on-delete-set", command: "up", set: { fail: undefined, retain: "true" } },
  { name: "10-removed-but-retained", command: "up", set: { extra: "false" } },
  { name: "11-secret-changed", command: "up", password: "other" },
  { name: "12-destroy", command: "destroy" },
  { name: "13-fresh-with-failing-create", command: "up", set: { fail: "true" } },
  { name: "14-resumed", command: "up", set: { fail: undefined } },
  { name: "15-final-destroy", command: "destroy" },
];

export const goldenState = (name: string): string => readFileSync(join(folder, `${name}.json`), "utf8");

export interface GoldenResult {
  exit: number;
  changes: Record<string, number>;
}

/** The exit code and the counts that the real CLI ended with. */
export function goldenResult(name: string): GoldenResult {
  const text = readFileSync(join(folder, `${name}.txt`), "utf8");
  const count = (pattern: RegExp) => Number(text.match(pattern)?.[1] ?? 0);
  const changes = {
    create: count(/(\d+) created/),
    update: count(/(\d+) updated/),
    delete: count(/(\d+) deleted/),
    replace: count(/(\d+) replaced/),
    same: count(/(\d+) unchanged/),
  };
  return { exit: count(/^exit: (\d+)$/m), changes: withoutZeros(changes) };
}

export const withoutZeros = (changes: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(changes).filter(([, number]) => number > 0));

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A state without what differs by nature: times, ids of providers, places in the source, nonces. By URN. */
export function comparable(text: string, passphrase: string): Map<string, Json> {
  // biome-ignore lint/suspicious/noExplicitAny: the file's content is what is compared
  const latest = (JSON.parse(text) as any).checkpoint.latest ?? {};
  const salt = latest.secrets_providers?.state?.salt;
  const decrypt = salt ? openCrypter(passphrase, salt).decrypt : () => "";
  const open = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(open);
    // The text of a dynamic provider is long: its digest says as much.
    if (typeof value === "string" && value.startsWith("exports.handler")) return digest(value);
    if (typeof value === "string") return value.replaceAll(/default::[0-9a-f-]{36}/g, "default::UUID");
    if (typeof value !== "object" || value === null) return value;
    if (typeof value.ciphertext === "string") return { secret: JSON.parse(decrypt(value.ciphertext)) as Json };
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, open(part)]));
  };
  const resources = (latest.resources ?? []) as { [key: string]: Json }[];
  return new Map(
    resources.map(({ created, modified, sourcePosition, stackTrace, ...rest }) => {
      const id = String(rest.type).startsWith("pulumi:providers:") ? "UUID" : (rest.id ?? null);
      // The SDK sends what one property depends on in the order in which it happened to be known.
      const dependencies = Object.entries(rest.propertyDependencies ?? {}).map(([key, urns]) => [
        key,
        (urns as string[]).toSorted(),
      ]);
      const state: { [key: string]: Json } = { ...rest, id };
      if (dependencies.length > 0) state.propertyDependencies = Object.fromEntries(dependencies) as Json;
      return [String(rest.urn), open(state)];
    }),
  );
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The URNs of a state, in its order. */
export function orderOf(text: string): string[] {
  // biome-ignore lint/suspicious/noExplicitAny: the file's content is what is compared
  return ((JSON.parse(text) as any).checkpoint.latest?.resources ?? []).map(({ urn }: { urn: string }) => urn);
}
