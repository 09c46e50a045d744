import { readFileSync } from "node:fs";
import { z } from "zod";
import { LandfallError, messageOf } from "../cli/errors.ts";

/** The file that the Pulumi program writes for the scheduler (infra/components/schedule.ts). */
const scheduleSchema = z.strictObject({
  timezone: z.string(),
  /** Time between two marker rows; 0 for none. */
  markerMs: z.int().nonnegative(),
  jobs: z.array(
    z.strictObject({
      name: z.string(),
      cron: z.string(),
      verb: z.string().regex(/^[a-z-]+$/),
      args: z.array(z.string()),
    }),
  ),
});

export type Schedule = z.infer<typeof scheduleSchema>;
export type Job = Schedule["jobs"][number];

/** @throws {LandfallError} where the file is missing or is not a schedule */
export function readSchedule(file: string): Schedule {
  try {
    return scheduleSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    throw new LandfallError("stack", `${file} is not a schedule: ${messageOf(error)}`, "npm run up writes it anew", {
      cause: error,
    });
  }
}
