import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const price = z.number().nonnegative();

const pricesSchema = z.strictObject({
  /** When the prices were written down. */
  date: z.iso.date(),
  currency: z.string(),
  region: z.string(),
  note: z.string(),
  /** One zone, by instance class. */
  instanceHour: z.record(z.string(), price),
  storageGBMonth: price,
  snapshotGBMonth: price,
  fargateProcessorHour: price,
  fargateGBHour: price,
  balancerHour: price,
  endpointHour: price,
  proxyProcessorHour: price,
  keyMonth: price,
  secretMonth: price,
  alarmMonth: price,
  dashboardMonth: price,
  zoneMonth: price,
});

export type Prices = z.infer<typeof pricesSchema>;

/** The table of prices in this repository; nothing is asked of the network. */
export function readPrices(): Prices {
  return pricesSchema.parse(JSON.parse(readFileSync(join(import.meta.dirname, "prices.json"), "utf8")));
}
