import { connect, createServer, type Socket } from "node:net";

/** A way to a server over TCP that a test can cut. */
export interface TcpProxy {
  port: number;
  /** Breaks all connections that are open, on both sides. @returns how many there were */
  cut: () => number;
  close: () => void;
}

export function startProxy(to: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    const upstream = connect(to);
    keep(client);
    keep(upstream);
    client.pipe(upstream).pipe(client);
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve({
        port: typeof address === "object" && address ? address.port : 0,
        cut() {
          const count = sockets.size / 2;
          for (const socket of sockets) socket.resetAndDestroy();
          return count;
        },
        close: () => server.close(),
      });
    });
  });
}
