import type { Provider } from "../provider.ts";
import { restoreSecrets, stripSecrets } from "../values.ts";

/** Stands before a provider that knows no secrets: gives it plain values, and marks in the answers what was secret. */
export function withPlainSecrets(provider: Provider): Provider {
  return {
    acceptsSecrets: true,
    get supportsPreview() {
      return provider.supportsPreview;
    },
    async checkConfig(request) {
      const { inputs, failures } = await provider.checkConfig({
        ...request,
        olds: stripSecrets(request.olds),
        news: stripSecrets(request.news),
      });
      return { inputs: restoreSecrets(inputs, request.news), failures };
    },
    diffConfig: (request) =>
      provider.diffConfig({
        ...request,
        oldInputs: stripSecrets(request.oldInputs),
        oldOutputs: stripSecrets(request.oldOutputs),
        news: stripSecrets(request.news),
      }),
    configure: (inputs) => provider.configure(stripSecrets(inputs)),
    async check(request) {
      const { inputs, failures } = await provider.check({
        ...request,
        olds: request.olds && stripSecrets(request.olds),
        news: stripSecrets(request.news),
      });
      return { inputs: restoreSecrets(inputs, request.news), failures };
    },
    diff: (request) =>
      provider.diff({
        ...request,
        oldInputs: stripSecrets(request.oldInputs),
        oldOutputs: stripSecrets(request.oldOutputs),
        news: stripSecrets(request.news),
      }),
    async create(request) {
      const { id, outputs } = await provider.create({ ...request, inputs: stripSecrets(request.inputs) });
      return { id, outputs: restoreSecrets(outputs, request.inputs) };
    },
    async read(request) {
      const found = await provider.read({
        ...request,
        inputs: stripSecrets(request.inputs),
        outputs: stripSecrets(request.outputs),
      });
      if (!found) return null;
      const { id, outputs, inputs } = found;
      const marked = restoreSecrets(outputs, request.outputs);
      return { id, outputs: marked, ...(inputs ? { inputs: restoreSecrets(inputs, request.inputs) } : {}) };
    },
    async update(request) {
      const { outputs } = await provider.update({
        ...request,
        oldInputs: stripSecrets(request.oldInputs),
        oldOutputs: stripSecrets(request.oldOutputs),
        news: stripSecrets(request.news),
      });
      return { outputs: restoreSecrets(outputs, request.news) };
    },
    delete: (request) =>
      provider.delete({ ...request, inputs: stripSecrets(request.inputs), outputs: stripSecrets(request.outputs) }),
    invoke: (token, args) => provider.invoke(token, stripSecrets(args)),
    cancel: () => provider.cancel(),
    close: () => provider.close(),
  };
}
