import grpc from "@grpc/grpc-js";

/** Both sides raise gRPC's limit of 4 MB a message to this, as the SDK does. */
export const channelOptions = {
  "grpc.max_receive_message_length": 400 * 1024 * 1024,
  "grpc.max_send_message_length": 400 * 1024 * 1024,
};

/** A call of a generated client as a promise: `call<Response>((done) => client.method(request, done))`. */
export function call<Response>(
  start: (done: (error: grpc.ServiceError | null, response: Response) => void) => unknown,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    start((error, response) => (error ? reject(error) : resolve(response)));
  });
}

export const isUnimplemented = (error: unknown): boolean =>
  (error as { code?: number } | null)?.code === grpc.status.UNIMPLEMENTED;

/** The handler of a service's method as a promise; what it throws goes out with the code that it carries. */
export function handler<Request, Response>(work: (request: Request) => Response | Promise<Response>) {
  return (received: { request: Request }, callback: grpc.sendUnaryData<Response>): void => {
    Promise.resolve()
      .then(() => work(received.request))
      .then(
        (response) => callback(null, response),
        (error: unknown) => {
          const { code, message } = error as { code?: unknown; message?: string };
          callback({ code: typeof code === "number" ? code : grpc.status.UNKNOWN, details: message ?? String(error) });
        },
      );
  };
}
