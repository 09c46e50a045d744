import type { Stack, Target } from "../../target.ts";
import { NativeBackups } from "./backups.ts";
import { NativeDatabase } from "./database.ts";
import { Ground } from "./ground.ts";
import { NativeMonitoring } from "./monitoring.ts";
import { NativePooler } from "./pooler.ts";
import { NativeRoles } from "./roles.ts";
import { NativeSchedule } from "./schedule.ts";

/** A stack of real processes on this machine: no Docker, no root. */
export function nativeTarget(stack: Stack): Target<NativeDatabase, NativeRoles, NativePooler> {
  const ground = new Ground("ground", stack);
  return {
    database: () => new NativeDatabase("database", ground),
    roles: (database) => new NativeRoles("roles", ground, database),
    pooler: (database, roles) => new NativePooler("pooler", ground, database, roles),
    backups: (database, roles) => new NativeBackups("backups", ground, database, roles),
    monitoring: (database, roles, pooler) => new NativeMonitoring("monitoring", ground, database, roles, pooler),
    schedule: (outputs) => new NativeSchedule("schedule", ground, outputs),
  };
}
