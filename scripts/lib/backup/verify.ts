import type { RunOptions } from "../../../machine/run.ts";
import { LandfallError } from "../cli/errors.ts";
import { causeOf, type PgbackrestPlace, pgbackrest, repositoryNumbers } from "./pgbackrest.ts";

/** What reading every file of a repository came to. */
export interface Verification {
  repository: number;
  sound: boolean;
  /** One line for each backup or archive that is not as it was written; empty where all is. */
  problems: string[];
  files: number;
}

/**
 * Reads every file of the repositories and compares it with the checksum that it was written with.
 * pgBackRest ends with 0 also where it finds damage (seen with 2.45), so its report is what counts.
 */
export async function verifyRepositories(
  place: PgbackrestPlace,
  numbers = repositoryNumbers(place),
  priority: Pick<RunOptions, "idle"> = {},
): Promise<Verification[]> {
  const results: Verification[] = [];
  for (const repository of numbers) {
    const result = await pgbackrest(place, [`--repo=${repository}`, "--output=text", "--verbose", "verify"], priority);
    const report = readReport(result.stdout);
    const failed = result.code !== 0 || !/^status: (ok|error)/m.test(result.stdout);
    const problems = failed && report.problems.length === 0 ? [causeOf(result)] : report.problems;
    results.push({ repository, sound: problems.length === 0, problems, files: report.files });
  }
  return results;
}

/** The same, for who cannot go on with a damaged repository. @throws {LandfallError} "backup" */
export async function mustVerify(place: PgbackrestPlace, numbers?: number[]): Promise<Verification[]> {
  const results = await verifyRepositories(place, numbers);
  const problems = results.flatMap(({ repository, problems: found }) =>
    found.map((problem) => `repository ${repository}: ${problem}`),
  );
  if (problems.length === 0) return results;
  throw new LandfallError(
    "backup",
    `the repository is damaged: ${problems.join("; ")}`,
    "npm run backup -- --type full now, then find out what happened to that disk",
  );
}

/** pgBackRest's report: a line for each archive and backup, below it what was counted. */
export function readReport(text: string): { problems: string[]; files: number } {
  const found = new Map<string, string>();
  let [subject, files] = ["", 0];
  for (const line of text.split("\n").map((one) => one.trim())) {
    const [, name] = line.match(/^(?:archiveId|backup): ([^,]+)/) ?? [];
    if (name) {
      subject = line.startsWith("backup") ? `backup ${name}` : `WAL archive ${name}`;
      files += Number(line.match(/total (?:files|WAL) checked: (\d+)/)?.[1] ?? 0);
      const [, state] = line.match(/status: ([\w-]+)/) ?? [];
      if (state && state !== "valid" && state !== "in-progress") found.set(subject, state);
    }
    const counted = [...line.matchAll(/(missing|checksum invalid|size invalid|other): ([1-9]\d*)/g)];
    if (counted.length > 0) found.set(subject, counted.map(([, what, n]) => `${n} ${what}`).join(", "));
  }
  const problems = [...found].map(([what, state]) => `${what}: ${state}`);
  if (/^status: error/m.test(text) && problems.length === 0)
    problems.push(
      text
        .trim()
        .split(/\s*\n\s*/)
        .join(", "),
    );
  return { problems, files };
}
