import type { Stack, Target } from "../../target.ts";
import { applicationSecret } from "./application.ts";
import { AwsBackups } from "./backups.ts";
import { AwsDatabase } from "./database.ts";
import { Ground } from "./ground.ts";
import { AwsMonitoring } from "./monitoring.ts";
import { AwsPooler } from "./pooler.ts";
import { RdsProxy } from "./rds-proxy.ts";
import { AwsRecords } from "./records.ts";
import { AwsRoles } from "./roles.ts";
import { AwsSchedule } from "./schedule.ts";

/** RDS and what belongs around it, in private subnets of one region. */
export function awsTarget(stack: Stack): Target<AwsDatabase, AwsRoles, AwsPooler | RdsProxy> {
  const ground = new Ground("ground", stack);
  const options = { parent: ground };
  const database = new AwsDatabase("database", ground, options);
  const records = new AwsRecords("records", ground, options);
  const roles = new AwsRoles("roles", ground, database, options);
  const backups = new AwsBackups("backups", ground, { database, records }, options);
  return {
    database: () => database,
    roles: () => roles,
    pooler() {
      const Kind = ground.config.pooler.kind === "rds-proxy" ? RdsProxy : AwsPooler;
      const pooler = new Kind("pooler", ground, database, roles, options);
      applicationSecret("application", ground, roles, pooler);
      return pooler;
    },
    backups: () => backups,
    monitoring: (_, __, pooler) =>
      new AwsMonitoring("monitoring", ground, { database, roles, pooler, backups }, options),
    schedule: (outputs) => new AwsSchedule("schedule", ground, { database, roles, records }, outputs, options),
  };
}
