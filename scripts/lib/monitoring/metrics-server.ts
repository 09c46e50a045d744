import { createServer, type Server } from "node:http";
import type { Registry } from "prom-client";
import { messageOf } from "../cli/errors.ts";

/**
 * Serves a registry on /metrics.
 * @param listen "host:port"
 * @param views further paths, each answered with a value as JSON
 */
export async function serveMetrics(
  registry: Registry,
  listen: string,
  views: Record<string, () => unknown> = {},
): Promise<Server> {
  const [host, port] = listen.split(":");
  const server = createServer(async (request, response) => {
    const view = views[request.url ?? ""];
    if (view) return void response.setHeader("content-type", "application/json").end(JSON.stringify(view()));
    if (request.url !== "/metrics") return void response.writeHead(404).end("try /metrics\n");
    try {
      response.setHeader("content-type", registry.contentType);
      response.end(await registry.metrics());
    } catch (error) {
      response.writeHead(500).end(`${messageOf(error)}\n`);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(Number(port), host, resolve);
  });
  return server;
}
