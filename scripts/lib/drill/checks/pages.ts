import { chownSync, linkSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, relative } from "node:path";
import type { Account } from "../../../../machine/account.ts";
import { lastLines, type RunResult, run } from "../../../../machine/run.ts";
import type { PgbackrestPlace } from "../../backup/pgbackrest.ts";
import type { Findings } from "../assertions.ts";
import type { Copy } from "../copy.ts";

/** Beyond that a disk is what they wait for. */
const mostLanes = 8;

/** Group 3, while the copy is stopped: every page carries the checksum of its content. */
export async function checkPages(findings: Findings, place: PgbackrestPlace, copy: Copy): Promise<void> {
  const { account, serverBin } = place.run;
  await findings.check("integrity: page checksums", async () => {
    const lanes = openLanes(copy, Math.min(availableParallelism(), mostLanes), account);
    try {
      // None may still be reading when its folder is removed.
      const results = await Promise.all(
        lanes.folders.map((folder) =>
          run(join(serverBin, "pg_checksums"), ["--check", "--pgdata", folder], { account }),
        ),
      );
      const counts = results.map((result, n) => readResult(result, lanes.folders[n] ?? copy.data));
      const [files, pages] = [total(counts, "files"), total(counts, "pages")];
      if (files < lanes.files) throw new Error(`pg_checksums read ${files} of ${lanes.files} files`);
      return `${pages} pages are as they were written`;
    } finally {
      lanes.close();
    }
  });
}

type Count = Record<"files" | "pages", number>;

const total = (counts: Count[], what: keyof Count): number => counts.reduce((sum, count) => sum + count[what], 0);

function readResult(result: RunResult, folder: string): Count {
  const counted = (what: string) => result.stdout.match(new RegExp(`^${what} scanned:\\s+(\\d+)`, "m"))?.[1];
  const [files, pages] = [counted("Files"), counted("Blocks")];
  if (result.code === 0 && files && pages) return { files: Number(files), pages: Number(pages) };
  const bad = result.stderr.match(/checksum verification failed in file "([^"]+)", block (\d+)/);
  const where = bad
    ? `page ${bad[2]} of ${relative(folder, bad[1] ?? "")} does not fit its checksum`
    : lastLines(result);
  throw new Error(`pg_checksums: ${where}`);
}

interface Lanes {
  /** Each is a data folder to pg_checksums. */
  folders: string[];
  /** Relations' files in all of them. */
  files: number;
  close: () => void;
}

/**
 * pg_checksums reads one file after another. So that several can run, the copy's files are linked into folders of their own, of
 * about equal size, each with what a data folder needs; a file that is in none of them would be one too few in the count.
 */
function openLanes({ data, folder }: Pick<Copy, "data" | "folder">, lanes: number, account: Account | null): Lanes {
  const files = filesOf(data);
  const relations = files.filter(({ name }) => /^\d/.test(name)).length;
  const whole: Lanes = { folders: [data], files: relations, close: () => {} };
  if (lanes === 1) return whole;
  const parts = Array.from({ length: lanes }, (_, n) => ({ folder: join(folder, `pages-${n}`), bytes: 0 }));
  const close = () => {
    for (const part of parts) rmSync(part.folder, { recursive: true, force: true });
  };
  const make = (path: string) => {
    if (mkdirSync(path, { recursive: true, mode: 0o700 }) && account) chownSync(path, account.uid, account.gid);
  };
  const place = (file: { path: string }, part: { folder: string }) => {
    make(dirname(join(part.folder, file.path)));
    linkSync(join(data, file.path), join(part.folder, file.path));
  };
  try {
    for (const part of parts) {
      for (const path of ["", "global", "base"]) make(join(part.folder, path));
      place({ path: join("global", "pg_control") }, part);
      if (part === parts[0]) symlinkSync(join(data, "pg_tblspc"), join(part.folder, "pg_tblspc"));
      else make(join(part.folder, "pg_tblspc"));
    }
    for (const file of files.toSorted((a, b) => b.bytes - a.bytes)) {
      const lightest = parts.reduce((least, part) => (part.bytes < least.bytes ? part : least));
      place(file, lightest);
      lightest.bytes += file.bytes;
    }
    return { folders: parts.map((part) => part.folder), files: relations, close };
  } catch {
    // A file system without hard links: one after another, then.
    close();
    return whole;
  }
}

function filesOf(data: string): { path: string; name: string; bytes: number }[] {
  return ["global", "base"].flatMap((folder) =>
    readdirSync(join(data, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== "pg_control")
      .map(({ parentPath, name }) => {
        const path = relative(data, join(parentPath, name));
        return { path, name, bytes: statSync(join(data, path)).size };
      }),
  );
}
