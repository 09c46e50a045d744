/** The type of the resource that stands for the stack itself. */
export const stackType = "pulumi:pulumi:Stack";
const providerPrefix = "pulumi:providers:";

/** `urn:pulumi:STACK::PROJECT::TYPE::NAME`, TYPE being the types of all ancestors but the stack, joined by `$`. */
export function makeUrn(stack: string, project: string, parent: string, type: string, name: string): string {
  const above = parent === "" ? "" : qualifiedType(parent);
  const chain = above === "" || above === stackType ? type : `${above}$${type}`;
  return `urn:pulumi:${stack}::${project}::${chain}::${name}`;
}

/** The type part with those of the ancestors. */
export const qualifiedType = (urn: string): string => urn.split("::")[2] ?? "";
export const typeOf = (urn: string): string => qualifiedType(urn).split("$").at(-1) ?? "";
/** A name may hold "::" itself. */
export const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");

export const isProviderType = (type: string): boolean => type.startsWith(providerPrefix);
export const providerType = (packageName: string): string => `${providerPrefix}${packageName}`;

/** The package that serves a type, or that a provider's type names. */
export function packageOf(type: string): string {
  return isProviderType(type) ? type.slice(providerPrefix.length) : (type.split(":")[0] ?? "");
}

/** A reference to a provider: its URN and its id. */
export function splitReference(reference: string): { urn: string; id: string } {
  const at = reference.lastIndexOf("::");
  return { urn: reference.slice(0, at), id: reference.slice(at + 2) };
}

/** Whether a provider was made by the engine, and not by the program. */
export function isDefaultProvider(urn: string): boolean {
  return isProviderType(typeOf(urn)) && /^default(_|$)/.test(nameOf(urn));
}
