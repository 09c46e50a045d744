import type { Crypter } from "../secrets/passphrase.ts";
import { decodeMap, encodeMap, type Json } from "./encode.ts";
import { noTimeouts, type ResourceState, type Timeouts } from "./resource.ts";

type Fields = { [key: string]: Json };

/** A resource in the form and the order of fields of a state file. */
export function encodeResource(state: ResourceState, crypter: Crypter): Fields {
  const { inputs, outputs, propertyDependencies, customTimeouts, extra, created, modified, ...rest } = state;
  const timeouts = Object.fromEntries(Object.entries(customTimeouts).filter(([, seconds]) => seconds > 0));
  const sorted = Object.entries(propertyDependencies).sort(([a], [b]) => (a < b ? -1 : 1));
  const fields: Fields = {
    urn: rest.urn,
    custom: rest.custom,
    ...present({ delete: rest.delete, id: rest.id }),
    type: rest.type,
    ...present({
      inputs: encodeMap(inputs, crypter),
      outputs: encodeMap(outputs, crypter),
      parent: rest.parent,
      protect: rest.protect,
      external: rest.external,
      dependencies: rest.dependencies,
      initErrors: rest.initErrors,
      provider: rest.provider,
      propertyDependencies: Object.fromEntries(sorted),
      pendingReplacement: rest.pendingReplacement,
      additionalSecretOutputs: rest.additionalSecretOutputs,
      customTimeouts: timeouts,
      retainOnDelete: rest.retainOnDelete,
      deletedWith: rest.deletedWith,
    }),
    ...(created === undefined ? {} : { created }),
    ...(modified === undefined ? {} : { modified }),
    ...present({ ignoreChanges: rest.ignoreChanges, replaceOnChanges: rest.replaceOnChanges }),
  };
  return { ...fields, ...(extra as Fields) };
}

/** Without what is empty or false. */
function present(fields: Fields): Fields {
  const isEmpty = (value: Json) =>
    value === "" || value === false || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));
}

export function decodeResource(json: Fields, crypter: Crypter): ResourceState {
  const rest = { ...json };
  const take = <T>(key: string, otherwise: T): T => {
    const value = rest[key];
    delete rest[key];
    return value === undefined || value === null ? otherwise : (value as T);
  };
  const timeouts = take<Partial<Timeouts>>("customTimeouts", {});
  // Where the program's source stood: this engine does not record it, and a stale place would mislead.
  take("sourcePosition", "");
  take("stackTrace", []);
  return {
    urn: take("urn", ""),
    type: take("type", ""),
    custom: take("custom", false),
    id: take("id", ""),
    inputs: decodeMap(take<Fields>("inputs", {}), crypter),
    outputs: decodeMap(take<Fields>("outputs", {}), crypter),
    parent: take("parent", ""),
    provider: take("provider", ""),
    dependencies: take<string[]>("dependencies", []),
    propertyDependencies: take<Record<string, string[]>>("propertyDependencies", {}),
    protect: take("protect", false),
    external: take("external", false),
    delete: take("delete", false),
    pendingReplacement: take("pendingReplacement", false),
    retainOnDelete: take("retainOnDelete", false),
    deletedWith: take("deletedWith", ""),
    additionalSecretOutputs: take<string[]>("additionalSecretOutputs", []),
    ignoreChanges: take<string[]>("ignoreChanges", []),
    replaceOnChanges: take<string[]>("replaceOnChanges", []),
    initErrors: take<string[]>("initErrors", []),
    customTimeouts: { ...noTimeouts, ...timeouts },
    created: take<string | undefined>("created", undefined),
    modified: take<string | undefined>("modified", undefined),
    extra: rest,
  };
}
