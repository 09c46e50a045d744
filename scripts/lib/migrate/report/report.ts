import { join } from "node:path";
import { writeWhole } from "../run/write.ts";
import { buildReport } from "./build.ts";
import { reportPage } from "./html/page.ts";
import type { ReportInput } from "./input.ts";

/**
 * Writes report.json and report.html, a page that needs no network and no script.
 * @param folder the run's
 * @returns the paths of both
 */
export async function writeReport(folder: string, input: ReportInput): Promise<{ json: string; html: string }> {
  const report = buildReport(input, new Date());
  const json = join(folder, "report.json");
  const html = join(folder, "report.html");
  writeWhole(json, `${JSON.stringify(report, null, 1)}\n`);
  writeWhole(html, reportPage(report));
  return { json, html };
}
