import { randomBytes } from "node:crypto";
import { compare, type Provider } from "./provider.ts";

interface PasswordInputs {
  /** Raised by a rotation: another number, another password. */
  generation: number;
}

interface PasswordOutputs extends PasswordInputs {
  /** 32 characters that need no quoting in URLs, INI files or SQL. */
  value: string;
}

/** 192 random bits in the URL-safe alphabet. */
const generate = () => randomBytes(24).toString("base64url");

export const provider: Provider<PasswordInputs, PasswordOutputs> = {
  create: async (inputs) => ({ id: "password", outputs: { ...inputs, value: generate() } }),
  diff: async (_, olds, news) => compare(olds, news),
  update: async (_, __, news) => ({ ...news, value: generate() }),
  delete: async () => {},
};
