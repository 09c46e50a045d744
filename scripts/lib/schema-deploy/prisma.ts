import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { lastLines, run } from "../../../machine/run.ts";
import { LandfallError } from "../cli/errors.ts";

/**
 * Runs the application's own `prisma migrate deploy`. The URL, with its password, goes by the environment only.
 * @param folder of the application: where its package.json and node_modules are
 * @param url for Prisma, as the role that may make tables
 * @returns what Prisma said
 * @throws {LandfallError} usage, where the application brings no Prisma; target, where Prisma failed
 */
export async function deployPrisma(folder: string, url: string, dryRun = false): Promise<string> {
  const program = join(resolve(folder), "node_modules", ".bin", "prisma");
  if (!existsSync(program)) {
    throw new LandfallError(
      "usage",
      `${folder} brings no Prisma of its own`,
      "install its packages there first (npm ci)",
    );
  }
  // Which of the two a schema.prisma reads, only it knows.
  const env = { ...process.env, DATABASE_URL: url, DIRECT_URL: url, CHECKPOINT_DISABLE: "1" };
  const args = ["migrate", dryRun ? "status" : "deploy"];
  const result = await run(program, args, { cwd: resolve(folder), env, timeoutMs: 600_000 });
  const said = `${result.stdout}${result.stderr}`.replaceAll(url, "…").trim();
  // `status` ends with 1 where something is to be applied, which is what a dry run is asked.
  if (result.code === 0 || (dryRun && result.code === 1 && /not yet been applied/.test(said))) return said;
  throw new LandfallError(
    "target",
    `prisma ${args.join(" ")} failed: ${lastLines(result, 8).replaceAll(url, "…")}`,
    "run it again when the cause is mended; Prisma goes on where it was",
  );
}
