import { createHash } from "node:crypto";
import {
  accessSync,
  chownSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { type Account, unprivilegedAccount } from "../../machine/account.ts";
import { MachineProblem } from "../../machine/problem.ts";
import { compare, keepsData, type Provider } from "./provider.ts";

interface HomeInputs {
  project: string;
  stack: string;
  /** A folder that the configuration names; null: one that Landfall chooses. */
  directory: string | null;
}

interface HomeOutputs extends HomeInputs {
  path: string;
  /** Who owns the folders and runs the processes; null: the caller. */
  account: Account | null;
  etc: string;
  log: string;
  data: string;
  /** For sockets and pid files: short, because a socket's path may have 107 bytes at the most. */
  run: string;
}

const marker = "landfall-stack.json";
/** `.s.PGSQL.65535.lock` must fit behind it. */
const longestSocketFolder = 80;

/** The folders of a native stack: configuration, logs, data, sockets, all in one place. */
export const provider: Provider<HomeInputs, HomeOutputs> = {
  async foresee(olds, { project, stack, directory }) {
    return layout({ project, stack, directory }, olds.path);
  },
  async create({ project, stack, directory }) {
    const outputs = layout({ project, stack, directory });
    const { path, account, etc, log, data, run } = outputs;
    claim(path, outputs);
    mkdirSync(path, { recursive: true, mode: 0o755 });
    for (const folder of [etc, log, data, run]) ownFolder(folder, account);
    writeFileSync(join(path, marker), JSON.stringify({ project, stack }));
    return { id: path, outputs };
  },
  async diff(_, olds, { project, stack, directory }) {
    const { changes, replaces } = compare<HomeInputs>(olds, { project, stack, directory }, [
      "project",
      "stack",
      "directory",
    ]);
    return { changes: changes || !existsSync(olds.run) || !existsSync(olds.etc), replaces, deleteBeforeReplace: true };
  },
  async update(_, olds, news) {
    const { outputs } = await provider.create({ ...news, directory: news.directory ?? olds.path });
    // Written down as chosen, or the next diff would see a folder that the configuration no longer names.
    return { ...outputs, directory: news.directory };
  },
  read: async (_, outputs) => (existsSync(outputs.path) ? outputs : null),
  async delete(_, outputs) {
    rmSync(outputs.run, { recursive: true, force: true });
    if (keepsData()) return;
    if (isOurs(outputs.path, outputs)) rmSync(outputs.path, { recursive: true, force: true });
  },
};

/** @param before the folder that was chosen when none was named */
function layout(inputs: HomeInputs, before?: string): HomeOutputs {
  const account = unprivilegedAccount();
  const path = inputs.directory ?? before ?? defaultPath(inputs, account);
  const [etc, log, data] = [join(path, "etc"), join(path, "log"), join(path, "data")];
  return { ...inputs, path, account, etc, log, data, run: runFolder(path) };
}

/**
 * Inside the project where the account can reach it; else (a clone under /root, say) a system folder. The name holds a
 * hash of the project's path, so that two clones on one machine do not meet.
 */
function defaultPath(inputs: HomeInputs, account: Account | null): string {
  const root = join(import.meta.dirname, "..", "..");
  if (!account || everyoneMayPass(root)) return join(root, ".landfall", "stacks", inputs.stack);
  const hash = createHash("sha256").update(root).digest("hex").slice(0, 8);
  return join("/var/lib/landfall", `${basename(root)}-${hash}`, inputs.stack);
}

function everyoneMayPass(folder: string): boolean {
  for (let path = folder; ; path = dirname(path)) {
    if ((statSync(path).mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

function runFolder(path: string): string {
  const inside = join(path, "run");
  if (inside.length <= longestSocketFolder) return inside;
  return join(tmpdir(), `landfall-${createHash("sha256").update(path).digest("hex").slice(0, 12)}`);
}

/** Refuses a folder that holds something else: it would be deleted with the stack. */
function claim(path: string, inputs: HomeInputs): void {
  if (!existsSync(path) || isOurs(path, inputs)) return;
  throw new MachineProblem(
    `${path} is there already and does not belong to the stack ${inputs.stack}`,
    "name another folder as native.directory in the stack's configuration, or remove it if nothing in it is needed",
  );
}

function isOurs(path: string, inputs: HomeInputs): boolean {
  try {
    const owner = JSON.parse(readFileSync(join(path, marker), "utf8")) as Partial<HomeInputs>;
    return owner.project === inputs.project && owner.stack === inputs.stack;
  } catch {
    return false;
  }
}

function ownFolder(folder: string, account: Account | null): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (account) chownSync(folder, account.uid, account.gid);
  else accessSync(folder, constants.W_OK);
}
