import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Document, isMap, parseDocument } from "yaml";
import { EngineError, messageOf, unsupported } from "../errors.ts";
import { splitPath } from "../property-path.ts";
import type { Crypter } from "../secrets/passphrase.ts";
import type { Project } from "./project.ts";

/** A stack's file, Pulumi.STACK.yaml, with its comments. */
export class StackConfig {
  readonly file: string;
  #document: Document;
  readonly #project: Project;

  constructor(project: Project, stack: string) {
    this.#project = project;
    this.file = join(project.configFolder, `Pulumi.${stack}.yaml`);
    this.#document = existsSync(this.file) ? parse(this.file) : new Document({});
    const provider = this.#document.get("secretsprovider");
    if (provider !== undefined && provider !== "passphrase")
      throw unsupported(`the secrets provider ${String(provider)}`);
    if (this.#document.has("environment")) throw unsupported("Pulumi ESC environments");
  }

  /** The salt of the stack's secrets, where the file holds one. */
  get salt(): string | undefined {
    const salt = this.#document.get("encryptionsalt");
    return typeof salt === "string" && salt !== "" ? salt : undefined;
  }

  setSalt(salt: string): void {
    this.#document.set("encryptionsalt", salt);
  }

  /** The values as they stand in the file, secrets as `{secure: CIPHERTEXT}`, by `PROJECT:KEY`. */
  raw(): Record<string, unknown> {
    const config = this.#document.get("config");
    return isMap(config) ? (config.toJSON() as Record<string, unknown>) : {};
  }

  hasSecrets(): boolean {
    return Object.values(this.raw()).some(holdsSecret);
  }

  /** `KEY` or `PROJECT:KEY`, and with `path` what is inside of it (`roles.generation`, `list[0]`). */
  get(key: string, path: boolean): unknown {
    const [first, ...rest] = this.#segments(key, path);
    let value: unknown = this.raw()[String(first)];
    for (const segment of rest) value = (value as Record<string | number, unknown> | undefined)?.[segment];
    return value;
  }

  set(key: string, path: boolean, value: unknown): void {
    const segments = this.#segments(key, path);
    const before = this.#document.getIn(["config", ...segments.slice(0, -1)]);
    if (segments.length > 1 && before !== undefined && !isMap(before) && typeof before !== "object") {
      throw new EngineError(`${segments.slice(0, -1).join(".")} is a plain value: nothing can be set inside of it`);
    }
    this.#document.setIn(["config", ...segments], this.#document.createNode(value));
  }

  remove(key: string, path: boolean): void {
    this.#document.deleteIn(["config", ...this.#segments(key, path)]);
  }

  save(): void {
    mkdirSync(dirname(this.file), { recursive: true });
    const temporary = `${this.file}.new`;
    writeFileSync(temporary, this.#document.toString({ lineWidth: 0 }));
    renameSync(temporary, this.file);
  }

  #segments(key: string, path: boolean): (string | number)[] {
    const [first = "", ...rest] = path ? splitPath(key) : [key];
    return [String(first).includes(":") ? String(first) : `${this.#project.name}:${first}`, ...rest];
  }
}

function parse(file: string): Document {
  const document = parseDocument(readFileSync(file, "utf8"));
  const [error] = document.errors;
  if (error) throw new EngineError(`could not read ${file}: ${messageOf(error).split("\n")[0]}`);
  return document;
}

/** A value of the file is secret where it is, or holds, a map of the one key `secure`. */
export function isSecure(value: unknown): value is { secure: string } {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.keys(value).length === 1 &&
    typeof (value as { secure?: unknown }).secure === "string"
  );
}

function holdsSecret(value: unknown): boolean {
  if (isSecure(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsSecret);
}

export interface ConfigValue {
  /** Text as it is; anything else as its JSON. */
  text: string;
  secret: boolean;
}

/** Every value decrypted, in the form in which programs and providers are given it. */
export function decryptConfig(config: StackConfig, crypter: () => Crypter): Record<string, ConfigValue> {
  const decrypt = (value: unknown): unknown => {
    if (isSecure(value)) return crypter().decrypt(value.secure);
    if (Array.isArray(value)) return value.map(decrypt);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, decrypt(part)]));
  };
  const entries = Object.entries(config.raw()).map(([key, value]) => {
    const secret = holdsSecret(value);
    const open = decrypt(value);
    return [key, { text: typeof open === "string" ? open : JSON.stringify(open), secret }] as const;
  });
  return Object.fromEntries(entries);
}
