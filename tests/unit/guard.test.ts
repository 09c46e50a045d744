import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { LandfallError } from "../../scripts/lib/cli/errors.ts";
import { refusals, refuse } from "../../scripts/lib/guard/guard.ts";
import { type PlannedStep, readEvents } from "../../scripts/lib/stack/events.ts";
import { temporaryFolder } from "../support/folder.ts";

interface Plan {
  title: string;
  /** Where it has bitten: an issue, or what was changed. */
  source: string;
  /** Steps as the engines' event log has them. */
  steps: object[];
  /** Names of the resources that `up` must not touch. */
  refused: string[];
}

const folder = temporaryFolder();
const plans = JSON.parse(readFileSync(join(import.meta.dirname, "fixtures", "guard", "plans.json"), "utf8")) as Plan[];

/** Through the event log, as `up` reads a plan. */
function stepsOf({ steps }: Plan): PlannedStep[] {
  const log = join(folder, "events.jsonl");
  const events = steps.map((metadata, sequence) =>
    JSON.stringify({ sequence, resourcePreEvent: { metadata, planning: true } }),
  );
  writeFileSync(log, events.join("\n"));
  return readEvents(log).steps;
}

for (const plan of plans) {
  const verdict = plan.refused.length > 0 ? "refused" : "let through";
  test(`${verdict}: ${plan.title} (${plan.source})`, () => {
    const steps = stepsOf(plan);
    assert.equal(steps.length, plan.steps.length);
    const found = refusals(steps);
    assert.deepEqual(
      found.map(({ name }) => name),
      plan.refused,
    );
    assert.deepEqual(refusals(steps, plan.refused), [], "named on the command line, it is let through");
    assert.deepEqual(
      refusals(
        steps,
        found.map(({ urn }) => urn),
      ),
      [],
      "by its URN too",
    );
  });
}

test("each way that has bitten people has a plan, and so has what must go through", (context) => {
  const refused = plans.filter((plan) => plan.refused.length > 0);
  const sources = plans.map(({ source }) => source);
  const ways = {
    "an issue of pulumi-aws": /^pulumi-aws #(2426|2823|574|6554|2203)$/,
    "parameter group family": /^parameter group family change$|#6448$/,
    "restore arguments removed": /#34522$/,
    "another snapshot": /#270$/,
    "identifier changed": /^identifier changed$/,
    "storage type": /^storage type$/,
    "another key": /^KMS key changed$/,
    "resource removed": /^resource removed$/,
    native: /^native$/,
    docker: /^docker$/,
    "no loss": /^no loss$/,
  };
  const counts = Object.entries(ways).map(([way, source]) => [way, sources.filter((text) => source.test(text)).length]);
  for (const [way, number] of counts) assert.ok(Number(number) > 0, `${way}`);
  assert.equal(
    counts.reduce((sum, [, number]) => sum + Number(number), 0),
    plans.length,
    "each plan is of one way",
  );
  assert.equal(sources.filter((text) => /^pulumi-aws/.test(text)).length, 5);
  context.diagnostic(`${plans.length} plans: ${refused.length} refused, ${plans.length - refused.length} let through`);
  context.diagnostic(counts.map(([way, number]) => `${way} ${number}`).join(", "));
});

const withData = plans.find(({ refused }) => refused.length === 3);
const several = stepsOf(withData ?? assert.fail("no plan refuses three"));

test("naming one resource does not let another through", () => {
  assert.deepEqual(
    refusals(several, ["dumps"]).map(({ name }) => name),
    ["backups-vault", "ground-key"],
  );
});

const problem = (allowed: string[]) => {
  try {
    refuse(several, allowed, "production");
  } catch (error) {
    assert.ok(error instanceof LandfallError);
    return error;
  }
  assert.fail("the plan was let through");
};

test("the refusal says what would be lost and how it is allowed", () => {
  const { code, message, hint } = problem([]);
  assert.equal(code, "refused");
  assert.match(message, /backups-vault \(the vault with the snapshots\) would be deleted; ground-key/);
  assert.match(hint, /--allow-replace backups-vault --allow-replace ground-key --allow-replace dumps$/);
});

test("a name that the plan does not touch is a mistake, and nothing is let through for it", () => {
  const { code, message } = problem(["databse"]);
  assert.equal(code, "usage");
  assert.match(message, /names databse, which the plan does not touch/);
});
