import { chownSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StackOutputs } from "../../../infra/contract.ts";
import { type Daemon, start } from "../../../machine/daemon.ts";
import { choosePorts } from "../../../machine/ports.ts";
import { withConnection } from "../db/postgres/connection.ts";
import type { Target } from "../db/postgres/target.ts";
import type { LocalBackup } from "../stack/beside.ts";
import { type Copy, superuserTarget, writeNote } from "./copy.ts";

/**
 * Starts a pooler in front of a copy, in transaction mode like the stack's own. It is given the verifier of the application's
 * role as the copy has it: that the role's password of today fits is a part of what is proven.
 * @returns how the application reaches the copy through it
 */
export async function startPooler(outputs: StackOutputs & { backup: LocalBackup }, copy: Copy): Promise<Target> {
  const { account, pgbouncer } = outputs.backup.run;
  const { name: user, password } = outputs.roles.app;
  const database = outputs.database.name;
  const { pooler: port = 0 } = await choosePorts({ pooler: 27_000 + Math.floor(Math.random() * 1000) });
  const verifier = await withConnection(superuserTarget(copy, database), async (connection) => {
    const [row] = await connection.query<{ rolpassword: string | null }>(
      "SELECT rolpassword FROM pg_authid WHERE rolname = $1 AND rolcanlogin",
      [user],
    );
    if (!row?.rolpassword) throw new Error(`the role ${user} is not in the copy, or has no password there`);
    return row.rolpassword;
  });
  const file = (name: string, text: string) => {
    const path = join(copy.folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    if (account) chownSync(path, account.uid, account.gid);
    return path;
  };
  const settings = {
    listen_addr: "127.0.0.1",
    listen_port: port,
    unix_socket_dir: "",
    auth_type: "scram-sha-256",
    auth_file: file("userlist.txt", `"${user}" "${verifier}"\n`),
    pool_mode: "transaction",
    default_pool_size: 5,
    ignore_startup_parameters: "extra_float_digits,options,search_path",
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}`);
  const target = `${database} = host=${copy.socket} port=${copy.port} dbname=${database}`;
  const ini = file("pgbouncer.ini", ["[databases]", target, "", "[pgbouncer]", ...lines, ""].join("\n"));
  const pooler: Daemon = {
    name: "pooler of the copy",
    program: pgbouncer,
    args: [ini],
    env: {},
    account,
    log: join(copy.folder, "pgbouncer.log"),
    pidFile: join(copy.folder, "pgbouncer.pid"),
    ready: { how: "tcp", port },
    readyTimeoutMs: 20_000,
    stopSignal: "SIGTERM",
    stopTimeoutMs: 5_000,
  };
  writeNote(copy.folder, { socket: copy.socket, port: copy.port, server: copy.server, pooler });
  await start(pooler);
  return { host: "127.0.0.1", port, database, user, password, tls: { mode: "disable" } };
}
