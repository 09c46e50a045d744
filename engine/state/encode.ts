import { EngineError, unsupported } from "../errors.ts";
import { signatureKey, signatures, unknownTexts } from "../rpc/signatures.ts";
import type { Crypter } from "../secrets/passphrase.ts";
import { Asset, isMap, type PropertyMap, ResourceReference, Secret, Unknown, type Value } from "../values.ts";

/** JSON as it stands in a state file. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * Ciphertexts of secrets that came from the file or have been written before: what has not changed is not encrypted anew,
 * so that it does not change in the file.
 */
const ciphertexts = new WeakMap<Secret, string>();

/** A value as it is stored; a secret is the encryption of its JSON. */
export function encodeValue(value: Value, crypter: Crypter): Json {
  if (value instanceof Secret) return { [signatureKey]: signatures.secret, ciphertext: ciphertextOf(value, crypter) };
  if (value instanceof Unknown) throw new Error("an unknown value cannot be stored");
  if (value instanceof Asset) return { [signatureKey]: signatures.asset, hash: value.hash, ...value.content };
  if (value instanceof ResourceReference) {
    const reference: Json = {
      [signatureKey]: signatures.resource,
      urn: value.urn,
      packageVersion: value.packageVersion,
    };
    if (value.id !== undefined) reference.id = value.id ?? "";
    return reference;
  }
  if (Array.isArray(value)) return value.map((part) => encodeValue(part, crypter));
  return isMap(value) ? encodeMap(value, crypter) : value;
}

/** With sorted keys, as Pulumi writes them. */
export function encodeMap(values: PropertyMap, crypter: Crypter): { [key: string]: Json } {
  const entries = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, part]) => [key, encodeValue(part, crypter)]));
}

function ciphertextOf(secret: Secret, crypter: Crypter): string {
  const stored = ciphertexts.get(secret);
  if (stored !== undefined) return stored;
  const made = crypter.encrypt(JSON.stringify(encodeValue(secret.value, crypter)));
  ciphertexts.set(secret, made);
  return made;
}

export function decodeValue(json: Json, crypter: Crypter): Value {
  if (typeof json === "string") {
    if (unknownTexts.includes(json)) throw new EngineError("the state holds a value that is not known");
    return json;
  }
  if (Array.isArray(json)) return json.map((part) => decodeValue(part, crypter));
  if (typeof json !== "object" || json === null) return json;
  const signature = json[signatureKey];
  if (signature === undefined) return decodeMap(json, crypter);
  return decodeSpecial(json, signature, crypter);
}

export function decodeMap(json: { [key: string]: Json } | undefined, crypter: Crypter): PropertyMap {
  return Object.fromEntries(Object.entries(json ?? {}).map(([key, part]) => [key, decodeValue(part, crypter)]));
}

function decodeSpecial(json: { [key: string]: Json }, signature: Json, crypter: Crypter): Value {
  switch (signature) {
    case signatures.secret:
      return decodeSecret(json, crypter);
    case signatures.asset: {
      const { text, path, uri } = json;
      const content =
        typeof text === "string" ? { text } : typeof path === "string" ? { path } : { uri: String(uri ?? "") };
      return new Asset(String(json.hash ?? ""), content);
    }
    case signatures.resource: {
      const { urn, id, packageVersion } = json;
      return new ResourceReference(
        String(urn),
        id === undefined ? undefined : String(id),
        String(packageVersion ?? ""),
      );
    }
    case signatures.archive:
      throw unsupported("archives (pulumi.asset.Archive)");
    default:
      throw new EngineError(`the state holds a kind of value that this engine does not know (${String(signature)})`);
  }
}

function decodeSecret(json: { [key: string]: Json }, crypter: Crypter): Secret {
  if (typeof json.plaintext === "string") return new Secret(decodeValue(JSON.parse(json.plaintext) as Json, crypter));
  const ciphertext = String(json.ciphertext);
  const secret = new Secret(decodeValue(JSON.parse(crypter.decrypt(ciphertext)) as Json, crypter));
  ciphertexts.set(secret, ciphertext);
  return secret;
}
