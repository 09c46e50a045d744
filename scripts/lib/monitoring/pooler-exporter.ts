import { readFileSync } from "node:fs";
import { serveMetrics } from "./metrics-server.ts";
import { poolerMetrics } from "./pooler-metrics.ts";

/**
 * The exporter's process.
 * @param args "host:port" to listen on; before it, where that is not in the environment as upstream's exporter has it, a
 * file that holds the console's connection string
 */
export async function main(args: string[]): Promise<void> {
  const [listen = "127.0.0.1:9127", file] = args.toReversed();
  const address = file ? readFileSync(file, "utf8").trim() : (process.env.PGBOUNCER_EXPORTER_CONNECTION_STRING ?? "");
  await serveMetrics(poolerMetrics(address), listen);
}
