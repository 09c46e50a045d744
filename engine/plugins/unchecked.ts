import { EngineError } from "../errors.ts";
import type { Provider } from "../provider.ts";

/**
 * Stands in, in a preview only, for a package whose provider cannot be had: it takes every input as it is and knows no output.
 * What a real provider would refuse, fill in or replace is not seen.
 */
export function uncheckedProvider(packageName: string): Provider {
  const never = () => Promise.reject(new EngineError(`there is no provider for the package ${packageName}`));
  const undecided = { changes: "unknown", replaces: [], diffs: [], deleteBeforeReplace: false, stables: [] } as const;
  const diff = async () => ({ ...undecided, replaces: [], diffs: [], stables: [] });
  return {
    acceptsSecrets: true,
    supportsPreview: true,
    checkConfig: async ({ news }) => ({ inputs: news, failures: [] }),
    diffConfig: diff,
    configure: async () => {},
    check: async ({ news }) => ({ inputs: news, failures: [] }),
    diff,
    create: async ({ inputs, preview }) => (preview ? { id: "", outputs: inputs } : never()),
    read: async ({ id, outputs }) => ({ id, outputs }),
    update: async ({ news, preview }) => (preview ? { outputs: news } : never()),
    delete: never,
    invoke: never,
    cancel: async () => {},
    close: async () => {},
  };
}
