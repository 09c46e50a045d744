import { RDSClient } from "@aws-sdk/client-rds";
import { LandfallError, messageOf } from "../../cli/errors.ts";
import type { RdsBackup } from "../../stack/beside.ts";

/** RDS's API and the instance that a stack's backups are of. */
export interface RdsPlace {
  client: RDSClient;
  backup: RdsBackup;
}

/** @param endpoint another than AWS's own, as tests have; AWS_ENDPOINT_URL says the same */
export const rdsPlace = (backup: RdsBackup, endpoint?: string): RdsPlace => ({
  client: new RDSClient({ region: backup.region, maxAttempts: 5, ...(endpoint ? { endpoint } : {}) }),
  backup,
});

const explained: Record<string, [message: string, hint: string]> = {
  CredentialsProviderError: [
    "no AWS credentials were found",
    "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; aws sts get-caller-identity shows who you are",
  ],
  ExpiredToken: ["the AWS credentials have run out", "log in again, for example with aws sso login"],
  ExpiredTokenException: ["the AWS credentials have run out", "log in again, for example with aws sso login"],
  InvalidClientTokenId: ["AWS does not know these credentials", "check AWS_PROFILE and AWS_ACCESS_KEY_ID"],
  SignatureDoesNotMatch: [
    "AWS does not accept these credentials",
    "check AWS_SECRET_ACCESS_KEY and this machine's clock",
  ],
  DBInstanceNotFound: ["there is no such RDS instance", "check the account and the region, and npm run outputs"],
  DBSnapshotNotFound: ["there is no such snapshot", "npm run backups lists them"],
  SnapshotQuotaExceeded: ["the account may hold no more manual snapshots", "delete some, or have the quota raised"],
  InstanceQuotaExceeded: ["the account may hold no more RDS instances", "remove one, or have the quota raised"],
  DBInstanceAlreadyExists: ["an RDS instance of that name is there already", "wait a second, or remove it"],
  DBSnapshotAlreadyExists: ["a snapshot of that name is there already", "wait a second and run it again"],
  KMSKeyNotAccessible: [
    "RDS cannot use the KMS key that the storage is encrypted with",
    "aws kms describe-key: it has to be enabled, and its policy has to let the caller use it",
  ],
  TimeoutError: [
    "RDS's API did not answer",
    "check the network: inside a VPC it needs the endpoint of the service rds",
  ],
};

/** The name that AWS gives an error, without the endings that some have and some have not. */
export const errorName = (error: unknown): string =>
  (error instanceof Error ? error.name : "").replace(/(Fault|Exception)$/, "");

/** What AWS or the way to it reported, for a person. @param what what was asked for, such as "the instance shop-production" */
export function explainAws(error: unknown, what: string): LandfallError {
  if (error instanceof LandfallError) return error;
  const full = error instanceof Error ? error.name : "";
  const known = explained[full] ?? explained[errorName(error)];
  if (known) return new LandfallError("backup", `${what}: ${known[0]}`, known[1], { cause: error });
  if (/AccessDenied|UnauthorizedOperation/.test(full)) {
    return new LandfallError(
      "backup",
      `${what}: ${messageOf(error)}`,
      "give the caller the permission that the message names",
      { cause: error },
    );
  }
  if (/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ECONNRESET|ETIMEDOUT/.test(`${(error as { code?: string }).code}`)) {
    const hint = "check the network and the region: inside a VPC it needs the endpoint of the service rds";
    return new LandfallError("backup", `${what}: RDS's API cannot be reached (${messageOf(error)})`, hint, {
      cause: error,
    });
  }
  return new LandfallError("backup", `${what}: ${messageOf(error) || full}`, "read what RDS says, and run it again", {
    cause: error,
  });
}

/** Sends, and explains what goes wrong. */
export async function ask<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainAws(error, what);
  }
}
