import { setRestorePoint } from "../backup/restore-points.ts";
import { LandfallError } from "../cli/errors.ts";
import type { Reporter } from "../cli/reporter.ts";
import { withConnection } from "../db/postgres/connection.ts";
import type { Target } from "../db/postgres/target.ts";
import type { Destination } from "../migrate/destination.ts";
import { type Login, loginOf, poolPlan, prismaUrl } from "../stack/connection-strings.ts";
import { deployPrisma } from "./prisma.ts";
import { type Deployment, deployFiles } from "./sql-files.ts";

export interface DeployOptions {
  /** Folder of NNN_name.sql files. */
  schemaDir?: string | undefined;
  /** Folder of an application that brings Prisma. */
  prisma?: string | undefined;
  dryRun: boolean;
}

/** @throws {LandfallError} usage, target */
export async function deploySchema(
  destination: Destination,
  { schemaDir, prisma, dryRun }: DeployOptions,
  reporter: Reporter,
): Promise<Partial<Deployment> & { text: string }> {
  if ((schemaDir === undefined) === (prisma === undefined)) {
    throw new LandfallError("usage", "say where the schema comes from", "pass either --schema-dir or --prisma");
  }
  if (destination.outputs && !dryRun) {
    const point = await withConnection(destination.target, (connection) =>
      setRestorePoint(connection, "before-deploy-schema"),
    );
    reporter.note(`restore point ${point.name}`);
  }
  reporter.note(`${dryRun ? "looking at" : "deploying to"} ${destination.name}`);
  if (prisma !== undefined) return { text: await deployPrisma(prisma, urlForPrisma(destination), dryRun) };
  const done = await deployFiles(destination.target, schemaDir ?? "", dryRun);
  const list = done.applied.length === 0 ? "nothing to apply" : done.applied.join(", ");
  return { ...done, text: `${dryRun ? "would apply" : "applied"}: ${list}; ${done.before} before` };
}

function urlForPrisma({ outputs, target }: Destination): string {
  if (outputs) return prismaUrl(loginOf(outputs, "migrator"), poolPlan(outputs, "migrator"));
  return prismaUrl(loginTo(target), { limit: 2, connectSeconds: 10, waitSeconds: 20, idleSeconds: 30, maxUses: 7500 });
}

/** A target that a URL named, as a login. */
function loginTo({ host, port, database, user, password, tls }: Target): Login {
  const mode =
    tls.mode === "verify-full"
      ? { mode: "verify-full" as const, caFile: tls.caFile ?? "" }
      : { mode: "disable" as const };
  return { host, port, database, user, password: password ?? "", tls: mode as Login["tls"], preparedStatements: true };
}
