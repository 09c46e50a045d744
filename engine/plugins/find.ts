import { existsSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import type { Project } from "../config/project.ts";

export interface Command {
  program: string;
  args: string[];
}

/** How a package's plugin is started; undefined where there is none on this machine. */
export function findPlugin(packageName: string, version: string, project: Project): Command | undefined {
  if (packageName === "pulumi-nodejs") {
    return { program: process.execPath, args: [sdkScript(project, "cmd/dynamic-provider")] };
  }
  const name = `pulumi-resource-${packageName}`;
  const path = onPath(name) ?? inPluginFolder(name, packageName, version);
  return path ? { program: path, args: [] } : undefined;
}

/** A script of the SDK that the program itself would load. */
export function sdkScript(project: Project, script: string): string {
  return createRequire(join(project.folder, "package.json")).resolve(`@pulumi/pulumi/${script}`);
}

function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

/** `~/.pulumi/plugins/resource-NAME-vVERSION`, where `pulumi plugin install` puts them; without a version the newest. */
function inPluginFolder(name: string, packageName: string, version: string): string | undefined {
  const folder = join(process.env.PULUMI_HOME ?? join(homedir(), ".pulumi"), "plugins");
  if (!existsSync(folder)) return undefined;
  const prefix = `resource-${packageName}-v`;
  const found = readdirSync(folder)
    .filter((entry) => entry.startsWith(prefix) && /^\d/.test(entry.slice(prefix.length)))
    .filter((entry) => version === "" || entry === `${prefix}${version}`)
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
    .at(-1);
  const path = found ? join(folder, found, name) : undefined;
  return path && isProgram(path) ? path : undefined;
}

const isProgram = (path: string): boolean => {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true && (stat.mode & 0o111) !== 0;
};
