import { type CertificateKey, daysLeft, issueServer } from "../../machine/certificates.ts";
import { compare, type Provider } from "./provider.ts";

interface CertificateInputs {
  /** The authority that signs, in PEM. */
  authority: CertificateKey;
  /** Host names and IP addresses that clients connect to: verify-full compares with them. */
  hosts: string[];
}

interface CertificateOutputs extends CertificateInputs, CertificateKey {}

/** Renewed at any `up` in its last days; a year of weekly `up`s never sees it run out. */
const renewDaysBefore = 60;

/** A server's certificate and key, signed by the stack's authority. */
export const provider: Provider<CertificateInputs, CertificateOutputs> = {
  create: async (inputs) => ({
    id: inputs.hosts[0] ?? "server",
    outputs: { ...inputs, ...(await issueServer(inputs.authority, inputs.hosts)) },
  }),
  async diff(_, olds, news) {
    const difference = compare<CertificateInputs>(olds, news);
    return { ...difference, changes: difference.changes || daysLeft(olds.certificate) < renewDaysBefore };
  },
  update: async (_, __, news) => (await provider.create(news)).outputs,
  delete: async () => {},
};
