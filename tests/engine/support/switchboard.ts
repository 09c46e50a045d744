import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineProject } from "./project.ts";

/** The project of fixtures/switchboard, whose resources are declared in a file. */
export class Switchboard extends EngineProject {
  constructor() {
    super("switchboard");
    this.declare([]);
  }

  /** A project whose stack has been made. */
  static async ready(): Promise<Switchboard> {
    const project = new Switchboard();
    const made = await project.run(["stack", "init"]);
    if (made.code !== 0) throw new Error(made.stderr);
    return project;
  }

  declare(entries: { name: string; [field: string]: unknown }[]): void {
    writeFileSync(this.path("resources.json"), JSON.stringify(entries));
  }

  has(file: string): boolean {
    return existsSync(this.path(file));
  }

  /** What the provider has been asked for since the last time, in that order. */
  operations(): string[] {
    const lines = this.noted();
    rmSync(this.path("operations.log"), { force: true });
    return lines.filter((line) => !line.startsWith("created "));
  }

  /** Every line that the provider has written, the ends of creates too. */
  noted(): string[] {
    const file = this.path("operations.log");
    return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  }

  /** Waits until the provider has written a line. */
  async noting(line: string): Promise<void> {
    for (let tries = 0; tries < 3000; tries++) {
      if (this.noted().includes(line)) return;
      await sleep(20);
    }
    throw new Error(`the provider never wrote "${line}" but ${this.noted().join(", ")}`);
  }

  /** The names of the files in the state, in its order. */
  names(): string[] {
    return this.resources()
      .filter(({ type }) => String(type).includes("test:File"))
      .map(({ urn }) => urn.split("::").at(-1) ?? "");
  }

  resource(name: string): { [field: string]: unknown } | undefined {
    return this.resources().find(({ urn }) => urn.endsWith(`::${name}`));
  }
}
