import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { MachineProblem } from "./problem.ts";
import { findProgram, missingParts, type PartName } from "./programs.ts";
import { lastLines, run } from "./run.ts";

/** How a system's package manager is asked for our parts. */
interface Manager {
  name: string;
  packages: Record<PartName, string>;
  /** A shell script that installs the packages and leaves no service of theirs running or enabled. */
  script: (packages: string[]) => string;
  needsRoot: boolean;
  /** What a person would type to do the same by hand. */
  command: (packages: string[]) => string;
}

const apt: Manager = {
  name: "apt",
  packages: {
    postgresql: "postgresql",
    pgbouncer: "pgbouncer",
    pgbackrest: "pgbackrest",
    prometheus: "prometheus",
    alertmanager: "prometheus-alertmanager",
    postgres_exporter: "prometheus-postgres-exporter",
  },
  needsRoot: true,
  command: (packages) => `sudo apt-get update && sudo apt-get install --no-install-recommends ${packages.join(" ")}`,
  script: aptScript,
};

const brew: Manager = {
  name: "Homebrew",
  packages: {
    postgresql: "postgresql@17",
    pgbouncer: "pgbouncer",
    pgbackrest: "pgbackrest",
    prometheus: "prometheus",
    alertmanager: "alertmanager",
    postgres_exporter: "postgres_exporter",
  },
  needsRoot: false,
  command: (packages) => `brew install ${packages.join(" ")}`,
  script: (packages) => `set -e\nbrew install --quiet ${packages.join(" ")}\n`,
};

/**
 * Debian's packages start a cluster and daemons on installation, and enable them for the next boot. A policy-rc.d that
 * says no and a createcluster.conf that makes no cluster prevent the first; disabling their units prevents the second.
 * Both files are put back as they were, also when the installation fails.
 */
function aptScript(packages: string[]): string {
  return `set -eu
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
cluster=/etc/postgresql-common/createcluster.conf
had_policy=no; had_cluster=no
[ -e $policy ] && had_policy=yes
if [ -e $cluster ]; then had_cluster=yes; cp -p $cluster $cluster.landfall; fi
restore() {
  [ $had_policy = yes ] || rm -f $policy
  if [ $had_cluster = yes ]; then mv -f $cluster.landfall $cluster
  elif [ -e $cluster.dpkg-dist ]; then mv -f $cluster.dpkg-dist $cluster
  elif [ -e $cluster.dpkg-new ]; then mv -f $cluster.dpkg-new $cluster
  else rm -f $cluster; fi
}
trap restore EXIT
[ $had_policy = yes ] || { printf '#!/bin/sh\\nexit 101\\n' > $policy; chmod 755 $policy; }
mkdir -p /etc/postgresql-common
echo 'create_main_cluster = false' > $cluster
for unit in /lib/systemd/system/*.service; do echo "$unit"; done | sort > /run/landfall-units.before
apt-get update -q || echo "package lists could not be updated; going on with those at hand" >&2
apt-get install -q -y --no-install-recommends -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=120 ${packages.join(" ")}
for unit in /lib/systemd/system/*.service; do echo "$unit"; done | sort > /run/landfall-units.after
if command -v systemctl >/dev/null 2>&1; then
  comm -13 /run/landfall-units.before /run/landfall-units.after | while read -r unit; do
    case $unit in *@.service) continue;; esac
    systemctl disable --quiet "$(basename "$unit")" 2>/dev/null || true
  done
fi
rm -f /run/landfall-units.before /run/landfall-units.after
`;
}

function managerOfThisSystem(): Manager | undefined {
  if (process.platform === "darwin") return findProgram(["brew"]) ? brew : undefined;
  return findProgram(["apt-get"]) && existsSync("/etc/debian_version") ? apt : undefined;
}

export interface InstallOptions {
  /** "auto" installs where that is allowed; "never" only says what is missing. */
  policy: "auto" | "never";
  /** Whether sudo may ask for a password: only where a person sits at a terminal. */
  interactive: boolean;
  /** The PostgreSQL major that is asked for; any supported one where absent. */
  major?: number;
  say: (text: string) => void;
}

/**
 * Makes sure that every part of a native stack is on this machine, installing what is missing.
 * @throws {MachineProblem} naming what is missing and the exact command that installs it
 */
export async function ensureParts(options: InstallOptions): Promise<void> {
  const missing = await missingParts(options.major);
  if (missing.length === 0) return;
  const manager = managerOfThisSystem();
  if (!manager) {
    throw new MachineProblem(
      `this machine lacks ${missing.join(", ")}, and Landfall knows no package manager here (apt and Homebrew it knows)`,
      "install them with your system's packages, so that they are on PATH, and run this again",
    );
  }
  const packages = missing.map((part) => packageOf(manager, part, options.major));
  const command = manager.command(packages);
  if (options.policy === "never") throw new MachineProblem(`this machine lacks ${missing.join(", ")}`, command);
  const cause = await install(manager, packages, options);
  const still = await missingParts(options.major);
  if (still.length === 0) return;
  const why =
    cause === undefined ? "no right to install packages" : cause || `${still.join(", ")} not found afterwards`;
  throw new MachineProblem(
    `this machine lacks ${missing.join(", ")}, and they could not be installed: ${why}`,
    command,
  );
}

/** Installs system packages by name. @throws {MachineProblem} with the command that installs them */
export async function installPackages(
  packages: string[],
  options: Pick<InstallOptions, "interactive" | "say">,
): Promise<void> {
  const manager = managerOfThisSystem();
  const cause = manager ? await install(manager, packages, options) : undefined;
  if (cause === "") return;
  const command = manager?.command(packages) ?? `install ${packages.join(", ")}`;
  throw new MachineProblem(`${packages.join(", ")} could not be installed: ${cause ?? "not allowed here"}`, command);
}

/** @returns "" where it worked, the cause where it did not, undefined where this user may not install */
async function install(
  manager: Manager,
  packages: string[],
  options: Pick<InstallOptions, "interactive" | "say">,
): Promise<string | undefined> {
  const how = await privilege(manager, options.interactive);
  if (!how) return undefined;
  options.say(`Installing ${packages.join(", ")} with ${manager.name}`);
  const [program = "sh", ...args] = [...how, "sh", "-s"];
  const result = await run(program, args, { input: manager.script(packages), timeoutMs: 15 * 60_000 });
  return result.code === 0 ? "" : lastLines(result);
}

function packageOf(manager: Manager, part: PartName, major: number | undefined): string {
  if (part !== "postgresql" || major === undefined) return manager.packages[part];
  return manager === brew ? `postgresql@${major}` : `postgresql-${major}`;
}

/** The words to put before a command so that it may install packages; undefined where it may not. */
async function privilege(manager: Manager, interactive: boolean): Promise<string[] | undefined> {
  if (!manager.needsRoot || process.getuid?.() === 0) return [];
  if (!findProgram(["sudo"])) return undefined;
  if ((await run("sudo", ["-n", "true"])).code === 0) return ["sudo", "-n"];
  if (!interactive || !process.stdin.isTTY) return undefined;
  // The script goes through standard input, so sudo asks beforehand and remembers the answer for the command that follows.
  return spawnSync("sudo", ["-v"], { stdio: "inherit" }).status === 0 ? ["sudo", "-n"] : undefined;
}

/** For messages: the system's name as it gives it itself. */
export function systemName(): string {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  return release.match(/^PRETTY_NAME="?([^"\n]*)/m)?.[1] ?? process.platform;
}
