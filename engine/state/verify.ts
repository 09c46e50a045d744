import { EngineError } from "../errors.ts";
import { splitReference } from "../urn.ts";
import { dependenciesOf, type ResourceState } from "./resource.ts";

/**
 * What the Pulumi CLI checks before it believes a state: no URN twice among the living, everything that a resource
 * depends on before it, and its provider with that id.
 * @throws {EngineError} naming the first resource that does not fit
 */
export function verifyState(resources: ResourceState[]): void {
  const seen = new Set<string>();
  const living = new Set<string>();
  const providers = new Set<string>();
  for (const resource of resources) {
    const { urn, provider } = resource;
    if (!resource.delete && living.has(urn)) throw broken(`${urn} is in it twice`);
    if (provider !== "" && !providers.has(provider)) {
      throw broken(`${urn} names a provider that is not before it: ${splitReference(provider).urn}`);
    }
    for (const dependency of dependenciesOf(resource)) {
      if (!seen.has(dependency)) throw broken(`${urn} depends on ${dependency}, which is not before it`);
    }
    seen.add(urn);
    if (!resource.delete) living.add(urn);
    providers.add(`${urn}::${resource.id}`);
  }
}

const broken = (what: string) =>
  new EngineError(`the state is not whole: ${what}\nTry: repair it with the Pulumi CLI (pulumi state repair)`);
