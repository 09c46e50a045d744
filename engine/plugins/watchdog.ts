import { type ChildProcess, spawn } from "node:child_process";

/**
 * Ends what the engine has started if the engine itself is killed: a plugin would go on working while the next run begins.
 * A shell reads the numbers of the processes from a pipe; the pipe's end without a "done" is the engine's death.
 */
const script = `
pids=
while read -r word pid; do
  case $word in
    add) pids="$pids $pid" ;;
    drop) kept=; for each in $pids; do [ "$each" = "$pid" ] || kept="$kept $each"; done; pids=$kept ;;
    done) exit 0 ;;
  esac
done
for each in $pids; do kill -TERM -"$each" 2>/dev/null; done
sleep 1
for each in $pids; do kill -KILL -"$each" 2>/dev/null; done
exit 0
`;

let shell: ChildProcess | undefined;

function say(line: string): void {
  if (!shell) {
    shell = spawn("sh", ["-c", script], { stdio: ["pipe", "ignore", "ignore"], detached: true });
    shell.on("error", () => {});
    shell.stdin?.on("error", () => {});
    shell.unref();
    (shell.stdin as unknown as { unref?: () => void } | null)?.unref?.();
  }
  shell.stdin?.write(`${line}\n`);
}

/** A process that leads a group of its own. */
export function watch(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined || pid <= 1) return;
  say(`add ${pid}`);
  child.once("exit", () => say(`drop ${pid}`));
}

/** The engine ends by itself: nothing is left to watch. */
export function endWatch(): void {
  if (!shell) return;
  shell.stdin?.end("done\n");
  shell = undefined;
}
