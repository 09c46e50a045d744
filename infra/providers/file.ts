import { createHash } from "node:crypto";
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Account } from "../../machine/account.ts";
import { compare, type Provider } from "./provider.ts";

interface FileInputs {
  path: string;
  content: string;
  account: Account | null;
  /** Octal as text, for example "0600": configuration may hold passwords, so that is the rule. */
  mode: string;
}

interface FileOutputs extends FileInputs {
  /** SHA-256 of the content: what a process that reads the file is reloaded by. */
  hash: string;
}

const hashOf = (content: string) => createHash("sha256").update(content).digest("hex");

/** One configuration file, written whole or not at all. */
export const provider: Provider<FileInputs, FileOutputs> = {
  async create(inputs) {
    const staging = `${inputs.path}.${process.pid}.new`;
    mkdirSync(dirname(inputs.path), { recursive: true });
    writeFileSync(staging, inputs.content, { mode: Number.parseInt(inputs.mode, 8) });
    if (inputs.account) chownSync(staging, inputs.account.uid, inputs.account.gid);
    renameSync(staging, inputs.path);
    return { id: inputs.path, outputs: { ...inputs, hash: hashOf(inputs.content) } };
  },
  async diff(_, olds, news) {
    const difference = compare<FileInputs>(olds, news, ["path"]);
    return {
      ...difference,
      changes: difference.changes || onDisk(olds.path) !== olds.hash,
      deleteBeforeReplace: false,
    };
  },
  update: async (_, __, news) => (await provider.create(news)).outputs,
  read: async (_, outputs) => (onDisk(outputs.path) === outputs.hash ? outputs : null),
  delete: async (_, outputs) => rmSync(outputs.path, { force: true }),
};

function onDisk(path: string): string | undefined {
  return existsSync(path) ? hashOf(readFileSync(path, "utf8")) : undefined;
}
