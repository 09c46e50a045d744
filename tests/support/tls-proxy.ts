import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { createServer } from "node:tls";

/**
 * Speaks TLS on a loopback port of its own and passes what it hears on to another, in the clear. It ends connections as TLS wants
 * it, with a notice, which Python's servers do not and pgBackRest insists on.
 */
export async function startTlsProxy(
  { certificate: cert, key }: { certificate: string; key: string },
  to: number,
): Promise<{ port: number; stop: () => Promise<void> }> {
  const server = createServer({ cert, key, allowHalfOpen: false }, (client) => {
    const behind = connect({ port: to, host: "127.0.0.1" });
    client.pipe(behind).pipe(client);
    client.on("error", () => behind.destroy());
    behind.on("error", () => client.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    stop: async () => {
      server.close();
      await once(server, "close");
    },
  };
}
