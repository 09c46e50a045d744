import { createCipheriv, createDecipheriv, pbkdf2Sync, randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { EngineError } from "../errors.ts";

/**
 * Pulumi's passphrase secrets provider: AES-256-GCM under a key from PBKDF2-SHA256, each value with a nonce of its own.
 * A ciphertext is `v1:NONCE:DATA`, both base64, the tag at the end of the data. The salt `v1:SALT:CIPHERTEXT` carries a
 * known text, by which a wrong passphrase is told.
 */
export interface Crypter {
  /** As it stands in the state and in the stack's file. */
  salt: string;
  encrypt(text: string): string;
  decrypt(ciphertext: string): string;
}

const rounds = 1_000_000;
const known = "pulumi";

/** A crypter with a new salt. */
export function newCrypter(passphrase: string): Crypter {
  const salt = randomBytes(8);
  const key = keyOf(passphrase, salt);
  return crypter(`v1:${salt.toString("base64")}:${encrypt(key, known)}`, key);
}

/** @throws {EngineError} "incorrect passphrase" */
export function openCrypter(passphrase: string, salt: string): Crypter {
  const [version, text, ...check] = salt.split(":");
  if (version !== "v1" || !text || check.length === 0) throw new EngineError("malformed encryption salt");
  const key = keyOf(passphrase, Buffer.from(text, "base64"));
  try {
    if (decrypt(key, check.join(":")) === known) return crypter(salt, key);
  } catch {
    // The tag does not fit: another key.
  }
  throw new EngineError("incorrect passphrase");
}

/** PULUMI_CONFIG_PASSPHRASE, else the content of PULUMI_CONFIG_PASSPHRASE_FILE. */
export function passphraseFromEnvironment(): string {
  const { PULUMI_CONFIG_PASSPHRASE: passphrase, PULUMI_CONFIG_PASSPHRASE_FILE: file } = process.env;
  if (passphrase !== undefined) return passphrase;
  if (file && existsSync(file)) return readFileSync(file, "utf8").trim();
  if (file) throw new EngineError(`unable to read PULUMI_CONFIG_PASSPHRASE_FILE: ${file} does not exist`);
  throw new EngineError("passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE");
}

const keyOf = (passphrase: string, salt: Buffer) => pbkdf2Sync(passphrase, salt, rounds, 32, "sha256");

const crypter = (salt: string, key: Buffer): Crypter => ({
  salt,
  encrypt: (text) => encrypt(key, text),
  decrypt: (ciphertext) => decrypt(key, ciphertext),
});

function encrypt(key: Buffer, text: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const data = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return `v1:${nonce.toString("base64")}:${data.toString("base64")}`;
}

function decrypt(key: Buffer, ciphertext: string): string {
  const [version, nonce, data] = ciphertext.split(":");
  if (version !== "v1" || !nonce || !data) throw new EngineError("malformed ciphertext");
  const bytes = Buffer.from(data, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString("utf8");
}
