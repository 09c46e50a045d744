import { type CertificateKey, issueAuthority } from "../../machine/certificates.ts";
import { compare, type Provider } from "./provider.ts";

interface AuthorityInputs {
  /** For people who look at the certificate. */
  name: string;
}

interface AuthorityOutputs extends AuthorityInputs, CertificateKey {}

/** The stack's own certificate authority: clients trust it and nothing else, so no other can speak for the database. */
export const provider: Provider<AuthorityInputs, AuthorityOutputs> = {
  create: async (inputs) => ({ id: "authority", outputs: { ...inputs, ...(await issueAuthority(inputs.name)) } }),
  diff: async (_, olds, news) => compare<AuthorityInputs>(olds, news, ["name"]),
  update: async (_, olds) => olds,
  delete: async () => {},
};
