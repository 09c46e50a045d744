import type { StackOutputs } from "../../../infra/contract.ts";
import { envFileText, environmentOf } from "../stack/env-file.ts";
import { readAuthority } from "../stack/write-env-file.ts";
import type { Destination } from "./destination.ts";
import type { Run } from "./run/run.ts";
import { writeWhole } from "./run/write.ts";
import type { Verdict } from "./verdict.ts";

/** The file that an application reads to go on with the new database. */
export interface SwitchFile {
  file: string;
  /** Its variables, without their values. */
  variables: string[];
}

/**
 * Writes the application's new connection strings and pool settings (Prisma, node-postgres, libpq) beside the run's results,
 * mode 0600. Null where the proof failed, where somebody has to decide on an object first, or where a URL is the
 * destination: then there is no pooler to speak to.
 */
export function writeSwitchFile(run: Run, { outputs }: Destination, verdict: Verdict): SwitchFile | null {
  if (!outputs || !maySwitch(verdict)) return null;
  const sections = switchSections(outputs);
  const file = run.path("switch.env");
  writeWhole(file, envFileText(outputs.stack, sections));
  return { file, variables: sections.flatMap((section) => Object.keys(section.variables)) };
}

const maySwitch = ({ exit }: Verdict) => exit === "ok" || exit === "quarantined";

function switchSections(outputs: StackOutputs) {
  return environmentOf(outputs, readAuthority(outputs), {
    roles: ["app", "migrator"],
    formats: ["prisma", "pool", "libpq"],
  });
}
