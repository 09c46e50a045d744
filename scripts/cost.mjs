#!/usr/bin/env zx
// Estimates what a stack on AWS costs.
import "./bootstrap/here.mjs";

const { runVerb } = await import("./lib/cli/verb.ts");
const { engineOption } = await import("./lib/stack/engine-option.ts");
const { estimate, estimateTable } = await import("./lib/cost/estimate.ts");
const { readPrices } = await import("./lib/cost/prices.ts");
const { preview } = await import("./lib/stack/up.ts");

await runVerb(import.meta, {
  summary: "Estimate what a stack on AWS costs in a month, by resource, from a table of prices in this repository.",
  details: "The resources are those that a preview declares; the prices have a date, and no network is asked.",
  mutates: false,
  options: engineOption,
  run: async ({ stack, engine }, reporter) => {
    const { steps } = await preview(stack, engine, reporter);
    const planned = steps.filter(({ op }) => !/^(delete|discard|remove)/.test(op));
    const data = estimate(
      planned.map(({ type, name, inputs }) => ({ type, name, props: inputs })),
      readPrices(),
    );
    const nothing = `${stack} makes nothing that has a price here: it costs what its machine costs`;
    return { data, text: data.lines.length > 0 ? estimateTable(data) : nothing };
  },
});
