import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { findProgram } from "../../../../machine/programs.ts";
import { type RunResult, run, spawnOptions } from "../../../../machine/run.ts";
import type { PgbackrestPlace } from "../../backup/pgbackrest.ts";
import type { RunRestore } from "../copy.ts";
import type { Sabotage } from "./sabotage.ts";

const commandOf = (place: PgbackrestPlace, args: string[]): string[] => [
  place.run.pgbackrest,
  `--config=${place.config}`,
  `--stanza=${place.stanza}`,
  ...args,
];

/** pgBackRest tries a file twice more, 15 s apart: what is broken on purpose stays broken. */
export const noRetry = "--job-retry=0";

const dataOf = (args: string[]): string => args.find((one) => one.startsWith("--pg1-path="))?.slice(11) ?? "";

/** Blocks of 512 bytes that a file may have: pg_proc of an empty cluster is larger (1584 in PostgreSQL 17), though below a megabyte. */
const mostBlocks = 1200;

/**
 * Runs the restore on a disk that is too small. Root mounts a file system of 4 MB over the copy's folder, where nobody but
 * this one process sees it and whence it is gone with the process; who may not mount gets a limit on the size of files.
 */
const onSmallDisk: RunRestore = async (place, args) => {
  const { account } = place.run;
  const unshare = findProgram(["unshare"]);
  const setpriv = findProgram(["setpriv"]);
  // A log that has grown would be the first file that is too large.
  const command = commandOf(place, [noRetry, "--log-level-file=off", ...args]);
  if (account && unshare && setpriv && process.platform === "linux") {
    const script =
      'mount -t tmpfs -o "size=4m,mode=0700,uid=$1,gid=$2" tmpfs "$0" && u=$1 g=$2 && shift 2 && exec "$@"';
    const drop = [setpriv, `--reuid=${account.uid}`, `--regid=${account.gid}`, "--clear-groups"];
    const inside = [
      "/bin/sh",
      "-c",
      script,
      dataOf(args),
      String(account.uid),
      String(account.gid),
      ...drop,
      ...command,
    ];
    const env = { ...process.env, HOME: account.home, USER: account.name };
    const result = await run(unshare, ["--mount", "--propagation", "private", ...inside], { env });
    if (!/mount: |unshare: /.test(result.stderr)) return result;
  }
  // Ignored, the signal becomes an error of the write, which has a name.
  return run("/bin/sh", ["-c", `trap "" XFSZ; ulimit -f ${mostBlocks}; exec "$@"`, "sh", ...command], { account });
};

/** Starts the restore and kills it with SIGKILL as soon as it has written its first files. */
const killedInTheMiddle: RunRestore = async (place, args) => {
  const [program = "", ...rest] = commandOf(place, [...args.slice(0, -1), "--process-max=1", args.at(-1) ?? ""]);
  const data = dataOf(args);
  const child = spawn(program, rest, { ...spawnOptions({ account: place.run.account }), stdio: "ignore" });
  const ended = new Promise<RunResult>((resolve) => {
    child.once("error", (error) => resolve({ code: 127, stdout: "", stderr: error.message }));
    child.once("exit", (code) => resolve({ code: code ?? 137, stdout: "", stderr: "" }));
  });
  let running = true;
  void ended.then(() => {
    running = false;
  });
  while (running && !(existsSync(data) && readdirSync(data).length > 0)) await sleep(1);
  child.kill("SIGKILL");
  return ended;
};

const during =
  (restore: RunRestore): Sabotage["apply"] =>
  async (outputs) => ({
    place: outputs.backup,
    restore,
    undo: async () => {},
  });

export const processSabotages: Sabotage[] = [
  {
    name: "disk-full",
    what: "the disk is full in the middle of the restore",
    expects: { assertion: "recovery: restored", cause: /[Nn]o space left on|File too large/ },
    apply: during(onSmallDisk),
  },
  {
    name: "restore-killed",
    what: "the restore's process is killed in the middle",
    expects: { assertion: "recovery: restored", cause: /killed \(SIGKILL\)/ },
    apply: during(killedInTheMiddle),
  },
];
