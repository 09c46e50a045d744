import assert from "node:assert/strict";
import { test } from "node:test";
import { estimate, estimateTable } from "../../scripts/lib/cost/estimate.ts";
import { readPrices } from "../../scripts/lib/cost/prices.ts";
import { planStack } from "../support/planned-stack.ts";

const prices = readPrices();
const instance = "aws:rds/instance:Instance";
const database = { instanceClass: "db.m7g.large", allocatedStorage: 100, multiAz: true };
const of = (props: Record<string, unknown>) => estimate([{ type: instance, name: "database", props }], prices);

test("a standby doubles the instance and its storage, and not the snapshot", () => {
  const [one, two] = [of({ ...database, multiAz: false }), of(database)];
  const amounts = ({ lines }: typeof one) => lines.map(({ monthly }) => monthly);
  assert.deepEqual(amounts(one), [147.46, 13.7, 10.3]);
  assert.deepEqual(amounts(two), [294.92, 27.4, 10.3]);
  assert.equal(two.total, 332.62);
});

test("a class without a price is named, and not taken for free", () => {
  const result = of({ ...database, instanceClass: "db.x9z.large" });
  assert.deepEqual(result.unpriced, ["database: the table has no price for db.x9z.large"]);
  assert.match(estimateTable(result), /^Missing: database/m);
});

test("tasks and endpoints are counted", () => {
  const { lines } = estimate(
    [
      { type: "aws:ecs/service:Service", name: "pooler-service", props: { desiredCount: 2 } },
      {
        type: "aws:ecs/taskDefinition:TaskDefinition",
        name: "pooler-definition",
        props: { cpu: "512", memory: "1024" },
      },
      {
        type: "aws:ec2/vpcEndpoint:VpcEndpoint",
        name: "logs",
        props: { vpcEndpointType: "Interface", subnetIds: ["a", "b"] },
      },
      { type: "aws:ec2/vpcEndpoint:VpcEndpoint", name: "s3", props: { vpcEndpointType: "Gateway" } },
    ],
    prices,
  );
  assert.deepEqual(
    lines.map(({ name, monthly }) => [name, monthly]),
    [
      ["pooler-service", 41.46],
      ["logs", 17.52],
    ],
  );
});

for (const stack of ["production", "staging"]) {
  test(`each resource of ${stack} has a price, or a reason for having none`, async (context) => {
    const { resources } = await planStack(stack);
    const result = estimate(resources, prices);
    assert.deepEqual(result.unpriced, []);
    const named = new Set(result.lines.map(({ name }) => name));
    const without = result.without.reduce((sum, { count }) => sum + count, 0);
    const ofAws = resources.filter(({ type }) => type.startsWith("aws:")).length;
    assert.ok(named.size >= 20 && named.size + without === ofAws, `${named.size} + ${without} of ${ofAws}`);
    context.diagnostic(`${ofAws} resources: ${named.size} priced, ${without} with a reason`);
  });
}

test("a resource that the table has never heard of is told as a gap", () => {
  const result = estimate([{ type: "aws:msk/cluster:Cluster", name: "kafka", props: {} }], prices);
  assert.match(estimateTable(result), /^Missing: kafka: nothing is known of aws:msk\/cluster:Cluster$/m);
});

test("the estimate says when its prices are of and what is not in it", () => {
  assert.match(
    estimateTable(of(database)),
    /^Prices of \d{4}-\d\d-\d\d, eu-central-1: .*from memory, not fetched.*\nNot in it/m,
  );
});
