import { join } from "node:path";
import { Access } from "../../components/access.ts";
import type { Stack, Target } from "../../target.ts";
import { NativeBackups } from "./backups.ts";
import { NativeDatabase } from "./database.ts";
import { Ground } from "./ground.ts";
import { NativeMonitoring } from "./monitoring.ts";
import { NativePooler } from "./pooler.ts";
import { NativeSchedule } from "./schedule.ts";

/** A stack of real processes on this machine: no Docker, no root. */
export function nativeTarget(stack: Stack): Target<NativeDatabase, Access, NativePooler> {
  const ground = new Ground("ground", stack);
  const access = (database: NativeDatabase) => ({
    stack,
    psql: ground.parts.get("server").apply((server) => join(server.bin, "psql")),
    socket: ground.home.get("run"),
    port: ground.port("database"),
    place: ground.place,
    systemIdentifier: database.cluster.get("systemIdentifier"),
    server: database.server,
  });
  return {
    database: () => new NativeDatabase("database", ground),
    roles: (database) => new Access("roles", access(database)),
    pooler: (database, roles) => new NativePooler("pooler", ground, database, roles),
    backups: (database, roles) => new NativeBackups("backups", ground, database, roles),
    monitoring: (database, roles, pooler) => new NativeMonitoring("monitoring", ground, database, roles, pooler),
    schedule: (outputs) => new NativeSchedule("schedule", ground, outputs),
  };
}
