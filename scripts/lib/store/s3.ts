import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { errorName, explainAws } from "../backup/rds/client.ts";
import { LandfallError, messageOf } from "../cli/errors.ts";
import { type Store, withLine } from "./store.ts";

/** A part of a bucket. */
export interface Bucket {
  region: string;
  bucket: string;
  /** What every name begins with; "" for none. */
  prefix: string;
}

/** How often a line is tried again that somebody else's came before. */
const attempts = 10;

/**
 * A part of an S3 bucket as a store. S3 cannot append: the object is read and put anew on condition that nobody changed it
 * meanwhile (If-Match), and read again if somebody did.
 * @param endpoint another than AWS's own, as tests have; AWS_ENDPOINT_URL says the same
 */
export function s3Store({ region, bucket, prefix }: Bucket, endpoint?: string): Store {
  // What stands in for AWS is reached by an address, where the bucket cannot be part of the name.
  const other = endpoint ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  const client = new S3Client({
    region,
    maxAttempts: 5,
    ...(other ? { endpoint: other, forcePathStyle: true } : {}),
  });
  const key = (name: string) => (prefix === "" ? name : `${prefix}/${name}`);
  const place = `s3://${bucket}${prefix === "" ? "" : `/${prefix}`}`;

  async function get(name: string): Promise<{ text: string; tag: string | undefined } | null> {
    try {
      const { Body, ETag: tag } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key(name) }));
      return { text: (await Body?.transformToString("utf-8")) ?? "", tag };
    } catch (error) {
      if (errorName(error) === "NoSuchKey") return null;
      throw explain(error, `${place}/${name}`);
    }
  }

  async function put(name: string, text: string, condition: { IfMatch?: string; IfNoneMatch?: string } = {}) {
    const ContentType = contentTypes[name.split(".").at(-1) ?? ""] ?? "text/plain; charset=utf-8";
    return client.send(new PutObjectCommand({ Bucket: bucket, Key: key(name), Body: text, ContentType, ...condition }));
  }

  return {
    place,
    async read(name) {
      return (await get(name))?.text ?? null;
    },
    async write(name, text) {
      await put(name, text).catch((error) => {
        throw explain(error, `${place}/${name}`);
      });
    },
    async append(name, line) {
      for (let attempt = 1; ; attempt++) {
        const found = await get(name);
        const condition = found?.tag ? { IfMatch: found.tag } : { IfNoneMatch: "*" };
        try {
          await put(name, withLine(found?.text ?? "", line), condition);
          return;
        } catch (error) {
          const changed = /^(PreconditionFailed|ConditionalRequestConflict)$/.test(errorName(error));
          if (!changed || attempt === attempts) throw explain(error, `${place}/${name}`);
        }
      }
    },
  };
}

const contentTypes: Record<string, string> = {
  html: "text/html; charset=utf-8",
  json: "application/json",
};

/** What S3 or the way to it reported, for a person. */
function explain(error: unknown, what: string): LandfallError {
  const name = errorName(error);
  if (name === "NoSuchBucket") {
    return new LandfallError("stack", `${what}: there is no such bucket`, "npm run up makes it", { cause: error });
  }
  if (/^(AccessDenied|Forbidden|403)$/.test(name)) {
    const hint = "give the caller s3:GetObject, s3:PutObject and s3:ListBucket there, and the stack's key";
    return new LandfallError("stack", `${what}: S3 does not let us (${messageOf(error)})`, hint, { cause: error });
  }
  if (/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ECONNRESET|ETIMEDOUT/.test(`${(error as { code?: string }).code}`)) {
    const hint = "check the network and the region: inside a VPC it needs the gateway of the service s3";
    return new LandfallError("stack", `${what}: S3 cannot be reached (${messageOf(error)})`, hint, { cause: error });
  }
  return explainAws(error, what);
}
