import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pgbackrest } from "../../backup/pgbackrest.ts";
import { setRestorePoint } from "../../backup/restore-points.ts";
import { parseSegment, segmentName } from "../../backup/segments.ts";
import { waitForArchive } from "../../backup/wal.ts";
import { withConnection } from "../../db/postgres/connection.ts";
import { databaseTarget } from "../../stack/targets.ts";
import type { Goal } from "../goal.ts";
import { noRetry } from "./process.ts";
import { copyRepository, flipByte, type RepositoryCopy } from "./repository.ts";
import type { Sabotage } from "./sabotage.ts";

type Outputs = Parameters<Sabotage["apply"]>[0];

/** Applies damage to a copy of the repository. */
const onCopy =
  (damage: (copy: RepositoryCopy, facts: { label: string; goal: Goal; stanza: string }) => void): Sabotage["apply"] =>
  async (outputs, { backup }, goal) => {
    const copy = await copyRepository(outputs.backup, backup.repository);
    damage(copy, { label: backup.label, goal, stanza: outputs.backup.stanza });
    return { place: copy.place, restore: (place, args) => pgbackrest(place, [noRetry, ...args]), undo: copy.undo };
  };

/** Fills some WAL segments of the source, so that there are some to lose. */
async function fillSegments(outputs: Parameters<NonNullable<Sabotage["beforeMoment"]>>[0]): Promise<void> {
  await withConnection(databaseTarget(outputs, "migrator"), async (connection) => {
    let last = "";
    for (let i = 0; i < 3; i++) {
      await setRestorePoint(connection, "drill-sabotage");
      const [row] = await connection.query<{ segment: string }>("SELECT pg_walfile_name(pg_switch_wal()) AS segment");
      last = row?.segment ?? last;
    }
    await waitForArchive(connection, last);
  });
}

/** Removes segments of the archive, counted back from the one with the target. */
function loseSegments(copy: RepositoryCopy, stanza: string, goal: Goal, back: number[]): void {
  const target = goal.moment?.segment;
  if (target === undefined) throw new Error("the drill has no moment of its own to lose WAL before");
  const { timeline, number } = parseSegment(target);
  const lost = new Set(back.map((steps) => segmentName({ timeline, number: number - steps })));
  const files = filesBelow(copy.path("archive", stanza)).filter((file) =>
    lost.has(file.split("/").at(-1)?.slice(0, 24) ?? ""),
  );
  if (files.length < lost.size) throw new Error(`only ${files.length} of the ${lost.size} segments to lose were there`);
  for (const file of files) rmSync(file);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** A passphrase that is none of ours: for a repository without encryption, any is wrong. */
const wrongKey: Sabotage["apply"] = async (outputs: Outputs, { backup }) => {
  const copy = await copyRepository(outputs.backup, backup.repository);
  const text = readFileSync(copy.place.config, "utf8").replaceAll(/^repo1-cipher-.*\n/gm, "");
  const wrong = text.replace(
    /^repo1-path=/m,
    "repo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=not the passphrase\nrepo1-path=",
  );
  writeFileSync(copy.place.config, wrong);
  return { place: copy.place, undo: copy.undo };
};

export const repositorySabotages: Sabotage[] = [
  {
    name: "wal-segment-gone",
    what: "one WAL segment between the backup and the target is removed",
    expects: { assertion: "source: WAL is continuous", cause: /the WAL segment [0-9A-F]{24} is missing/ },
    beforeMoment: fillSegments,
    apply: onCopy((copy, { goal, stanza }) => loseSegments(copy, stanza, goal, [1])),
  },
  {
    name: "wal-dropped",
    what: "the WAL segments that an archive queue with a limit would have dropped are removed",
    expects: { assertion: "source: WAL is continuous", cause: /[2-9] WAL segments are missing .*archive queue/ },
    beforeMoment: fillSegments,
    apply: onCopy((copy, { goal, stanza }) => loseSegments(copy, stanza, goal, [1, 2])),
  },
  {
    name: "backup-byte-flipped",
    what: "one byte of the backup's largest file is changed",
    expects: { assertion: "source: repository checksums", cause: /checksum invalid/ },
    apply: onCopy((copy, { label, stanza }) => {
      const files = filesBelow(copy.path("backup", stanza, label)).filter((file) => !file.includes("backup.manifest"));
      const largest = files.reduce((a, b) => (statSync(b).size > statSync(a).size ? b : a));
      flipByte(largest, 0.5);
    }),
  },
  {
    name: "manifest-gone",
    what: "the backup's manifest and its copy are removed",
    expects: { assertion: "recovery: restored", cause: /backup\.manifest|manifest/ },
    apply: onCopy((copy, { label, stanza }) => {
      for (const name of ["backup.manifest", "backup.manifest.copy"]) rmSync(copy.path("backup", stanza, label, name));
    }),
  },
  {
    name: "wrong-key",
    what: "the repository is read with a wrong passphrase",
    expects: { assertion: "source: repository can be read", cause: /the passphrase is not its own/ },
    apply: wrongKey,
  },
];
