// @peculiar/x509 wants this before itself.
import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";

/** A certificate with its private key, both in PEM. */
export interface CertificateKey {
  certificate: string;
  key: string;
}

const crypto = webcrypto as webcrypto.Crypto;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const day = 24 * 3600 * 1000;
const authorityDays = 3650;
const serverDays = 825;
/** Clocks of client and server differ a little. */
const backdated = day;

const validity = (days: number) => {
  const now = Date.now();
  return { notBefore: new Date(now - backdated), notAfter: new Date(now + days * day) };
};

/** A private authority that may sign server certificates and nothing below them. */
export async function issueAuthority(name: string): Promise<CertificateKey> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${name}`,
      keys,
      signingAlgorithm: algorithm,
      serialNumber: serialNumber(),
      ...validity(authorityDays),
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  return pair(certificate, keys.privateKey);
}

/** A server's certificate for the given host names and IP addresses. */
export async function issueServer(authority: CertificateKey, hosts: string[]): Promise<CertificateKey> {
  const issuer = new x509.X509Certificate(authority.certificate);
  const signingKey = await crypto.subtle.importKey("pkcs8", derOf(authority.key), algorithm, false, ["sign"]);
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const names = hosts.map((value) => ({ type: isIP(value) ? ("ip" as const) : ("dns" as const), value }));
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: `CN=${hosts[0]}`,
      issuer: issuer.subject,
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: algorithm,
      serialNumber: serialNumber(),
      ...validity(serverDays),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(names),
        await x509.AuthorityKeyIdentifierExtension.create(issuer, false, crypto),
      ],
    },
    crypto,
  );
  return pair(certificate, keys.privateKey);
}

/** Whole days until a certificate (PEM) runs out; negative where it has. */
export function daysLeft(certificate: string): number {
  return Math.floor((new x509.X509Certificate(certificate).notAfter.getTime() - Date.now()) / day);
}

/** Positive and 128 bits long, as RFC 5280 wants serial numbers. */
const serialNumber = () => `00${randomBytes(16).toString("hex")}`;

async function pair(certificate: x509.X509Certificate, key: webcrypto.CryptoKey): Promise<CertificateKey> {
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", key);
  return {
    certificate: `${certificate.toString("pem")}\n`,
    key: `${x509.PemConverter.encode(pkcs8, "PRIVATE KEY")}\n`,
  };
}

function derOf(pem: string): ArrayBuffer {
  const [der] = x509.PemConverter.decode(pem);
  if (!der) throw new Error("not a key in PEM");
  return der;
}
