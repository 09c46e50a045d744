import { Access } from "../../components/access.ts";
import type { Stack, Target } from "../../target.ts";
import { DockerBackups } from "./backups.ts";
import { DockerDatabase } from "./database.ts";
import { Ground } from "./ground.ts";
import { home, inside } from "./layout.ts";
import { DockerMonitoring } from "./monitoring.ts";
import { DockerPooler } from "./pooler.ts";
import { DockerSchedule } from "./schedule.ts";

/** A stack of containers on one Docker host. */
export function dockerTarget(stack: Stack): Target<DockerDatabase, Access, DockerPooler> {
  const ground = new Ground("ground", stack);
  const access = (database: DockerDatabase) => ({
    stack,
    psql: "psql",
    socket: home("run"),
    port: inside.database,
    place: database.container.name.apply((container) => ({ how: "container" as const, container })),
    systemIdentifier: ground.volumes.data.id,
    server: database.server,
  });
  return {
    database: () => new DockerDatabase("database", ground),
    roles: (database) => new Access("roles", access(database)),
    pooler: (database, roles) => new DockerPooler("pooler", ground, database, roles),
    backups: (database, roles) => new DockerBackups("backups", ground, database, roles),
    monitoring: (database, roles, pooler) => new DockerMonitoring("monitoring", ground, database, roles, pooler),
    schedule: (outputs) => new DockerSchedule("schedule", ground, outputs),
  };
}
