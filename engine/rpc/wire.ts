import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import structs from "google-protobuf/google/protobuf/struct_pb.js";
import { EngineError, unsupported } from "../errors.ts";
import { Asset, isMap, type PropertyMap, ResourceReference, Secret, UNKNOWN, Unknown, type Value } from "../values.ts";
import { signatureKey, signatures, unknownText, unknownTexts } from "./signatures.ts";

/** Values in the form of gRPC messages: plain JSON, and objects with a signature for the rest. */
type Wire = NonNullable<Parameters<typeof structs.Struct.fromJavaScript>[0]>;
export type Struct = InstanceType<typeof structs.Struct>;

/** What whoever reads the message understands. */
export interface Understood {
  secrets: boolean;
  resources: boolean;
}

export function toStruct(values: PropertyMap, understood: Understood): Struct {
  return structs.Struct.fromJavaScript(encodeMap(values, understood) as Wire);
}

function encodeMap(values: PropertyMap, understood: Understood): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([key, part]) => [key, encode(part, understood)]));
}

function encode(value: Value, understood: Understood): unknown {
  if (value instanceof Unknown) return unknownText;
  if (value instanceof Secret) {
    const inner = encode(value.value, understood);
    return understood.secrets ? { [signatureKey]: signatures.secret, value: inner } : inner;
  }
  if (value instanceof Asset) return { [signatureKey]: signatures.asset, hash: value.hash, ...value.content };
  if (value instanceof ResourceReference) return encodeReference(value, understood);
  if (Array.isArray(value)) return value.map((part) => encode(part, understood));
  return isMap(value) ? encodeMap(value, understood) : value;
}

/** Who knows no references is given the id, or the URN of a component. */
function encodeReference({ urn, id, packageVersion }: ResourceReference, { resources }: Understood): unknown {
  if (!resources) return id === undefined ? urn : (id ?? unknownText);
  return {
    [signatureKey]: signatures.resource,
    urn,
    ...(id === undefined ? {} : { id: id ?? unknownText }),
    packageVersion,
  };
}

/** @param folder what paths of assets are relative to */
export function fromStruct(struct: Struct | undefined, folder = process.cwd()): PropertyMap {
  return struct ? decodeMap(struct.toJavaScript() as Record<string, unknown>, folder) : {};
}

function decodeMap(values: Record<string, unknown>, folder: string): PropertyMap {
  return Object.fromEntries(Object.entries(values).map(([key, part]) => [key, decode(part, folder)]));
}

function decode(value: unknown, folder: string): Value {
  if (typeof value === "string") return unknownTexts.includes(value) ? UNKNOWN : value;
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.map((part) => decode(part, folder));
  const map = value as Record<string, unknown>;
  const signature = map[signatureKey];
  return signature === undefined ? decodeMap(map, folder) : decodeSpecial(map, signature, folder);
}

function decodeSpecial(map: Record<string, unknown>, signature: unknown, folder: string): Value {
  switch (signature) {
    case signatures.secret:
      return new Secret(decode(map.value, folder));
    case signatures.asset:
      return decodeAsset(map, folder);
    case signatures.resource: {
      const id = map.id;
      const known = typeof id === "string" && !unknownTexts.includes(id) && id !== "" ? id : null;
      return new ResourceReference(
        String(map.urn),
        id === undefined ? undefined : known,
        String(map.packageVersion ?? ""),
      );
    }
    case signatures.archive:
      throw unsupported("archives (pulumi.asset.Archive)");
    case signatures.output:
      throw unsupported("output values");
    default:
      throw new EngineError(`a value has a signature that this engine does not know (${String(signature)})`);
  }
}

/** The hash of an asset's content, where the sender has left that to the engine. */
function decodeAsset(map: Record<string, unknown>, folder: string): Asset {
  const { text, path, uri, hash } = map;
  if (typeof path === "string" && path !== "") {
    const file = resolve(folder, path);
    if (!existsSync(file)) throw new EngineError(`the asset's file ${path} does not exist`);
    return new Asset(hashOf(readFileSync(file)), { path });
  }
  if (typeof uri === "string" && uri !== "") return new Asset(typeof hash === "string" ? hash : "", { uri });
  return new Asset(hashOf(String(text ?? "")), { text: String(text ?? "") });
}

const hashOf = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");
