import type { Provider } from "../provider.ts";

/**
 * Providers that are part of this engine, by package. One of these serves its package where no plugin for it is found; it is
 * loaded only then. Each run makes one of its own for each provider resource.
 */
const builtIn: Record<string, () => Promise<Provider>> = {
  docker: async () => new (await import("../docker/provider.ts")).DockerProvider(),
};

/** Makes the built-in provider of a package; undefined where there is none. */
export function makeBuiltIn(packageName: string): Promise<Provider> | undefined {
  return Object.hasOwn(builtIn, packageName) ? builtIn[packageName]?.() : undefined;
}
