import { appendFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StackOutputs } from "../../../../infra/contract.ts";
import { stop } from "../../../../machine/daemon.ts";
import { mustPgbackrest, type PgbackrestPlace, pgbackrest } from "../../backup/pgbackrest.ts";
import { chooseBackup, readCandidates, recoveryOptions } from "../../backup/restore/target.ts";
import type { Target } from "../../db/postgres/target.ts";
import type { LocalBackup } from "../../stack/beside.ts";
import { type Copy, discardCopy, prepareCopy, recover, restoreFiles, superuserTarget } from "../copy.ts";
import { copyRepository } from "./repository.ts";

type Outputs = StackOutputs & { backup: LocalBackup };

/** A stack beside the stack: its database restored and running, archiving into a copy of the repository, to be broken. */
export interface Clone {
  /** With these a drill takes the clone for its source. */
  outputs: Outputs;
  copy: Copy;
  superuser: Target;
  /** Takes a full backup of the clone into the copied repository, whatever pgBackRest thinks of its pages. */
  backUp: () => Promise<void>;
  /** Stops its server, has `work` change its files, and starts it again. */
  whileStopped: (work: () => Promise<void> | void) => Promise<void>;
  undo: () => Promise<void>;
}

/** Clones the stack from its newest backup. @throws {Error} with pgBackRest's or PostgreSQL's reason; nothing is left then */
export async function cloneStack(outputs: Outputs): Promise<Clone> {
  const candidate = chooseBackup(await readCandidates(outputs.backup), { to: "latest" }, []);
  const repository = await copyRepository(outputs.backup, candidate.backup.repository);
  // Named like a drill's copy, so that what a killed one leaves is removed by the next.
  const copy = await prepareCopy(outputs.backup, `drill-sabotage-${process.pid}-clone`);
  const undo = async () => {
    await discardCopy(copy);
    await repository.undo();
  };
  try {
    const place = placeOf(outputs, repository.place, copy);
    // After the settings that forbid it to a copy: the last of two counts.
    const push = `"${place.run.pgbackrest}" --config="${place.config}" --stanza=${place.stanza} archive-push "%p"`;
    appendFileSync(join(copy.folder, "postgresql.conf"), `archive_mode = 'on'\narchive_command = '${push}'\n`);
    await restoreFiles(
      place,
      copy,
      recoveryOptions({ ...candidate, backup: { ...candidate.backup, repository: 1 } }, { to: "latest" }),
      (at, args) =>
        pgbackrest(
          at,
          args.filter((argument) => argument !== "--archive-mode=off"),
        ),
    );
    await recover(copy);
    const { socket: host, port } = copy;
    return {
      outputs: {
        ...outputs,
        database: { ...outputs.database, host, port, tls: { mode: "disable" } },
        drill: { ...outputs.drill, mayBeEmpty: [] },
        backup: place,
      },
      copy,
      superuser: superuserTarget(copy, outputs.database.name),
      backUp: async () => {
        await mustPgbackrest(place, ["--type=full", "backup"], "npm run drill without --sabotage");
      },
      whileStopped: async (work) => {
        await stop(copy.server);
        await work();
        await recover(copy);
      },
      undo,
    };
  } catch (error) {
    await undo();
    throw error;
  }
}

/** Everything of the clone's is its own: configuration, records, and the place for the drill's copy. */
function placeOf({ backup }: Outputs, copied: PgbackrestPlace, { data, socket, port }: Copy): LocalBackup {
  const own = { "pg1-path": data, "pg1-socket-path": socket, "pg1-port": port, "pg1-user": "postgres" };
  const text = Object.entries(own).reduce(
    (conf, [name, value]) => conf.replace(new RegExp(`^${name}=.*$`, "m"), () => `${name}=${value}`),
    readFileSync(copied.config, "utf8"),
  );
  writeFileSync(copied.config, text);
  const folder = join(copied.config, "..");
  const records = join(folder, "records");
  if (existsSync(backup.records)) cpSync(backup.records, records, { recursive: true });
  for (const lock of ["drill.lock", "restore.lock"]) rmSync(join(records, lock), { force: true });
  return {
    ...copied,
    dataDirectory: data,
    records,
    run: { ...backup.run, scratch: join(folder, "scratch"), server: null },
  };
}
