import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { verbNames } from "../../scripts/lib/docs/generate.ts";
import { projectRoot } from "../../scripts/lib/paths.ts";

const { scripts } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

test("every verb can be run by npm, whichever Node the shell has", () => {
  for (const verb of verbNames()) {
    const command = Object.values(scripts).find((text) => text.endsWith(` scripts/bootstrap/run.mjs ${verb}`));
    assert.ok(command, `package.json has no script for ${verb}`);
  }
});

test("every npm script goes through the bootstrap and names a script that is there", () => {
  for (const [name, text] of Object.entries(scripts)) {
    const verb = text.match(/^(?:LANDFALL_\S+ )?node scripts\/bootstrap\/run\.mjs (\S+)/)?.[1];
    assert.ok(verb, `${name} does not go through the bootstrap`);
    assert.ok(existsSync(join(projectRoot, "scripts", `${verb}.mjs`)), `${name}: there is no scripts/${verb}.mjs`);
  }
});
