import grpc from "@grpc/grpc-js";
import { channelOptions } from "./call.ts";

export interface Listening {
  address: string;
  close(): void;
}

/** Serves on a free port of loopback. */
export async function listen(add: (server: grpc.Server) => void): Promise<Listening> {
  const server = new grpc.Server(channelOptions);
  add(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() };
}
