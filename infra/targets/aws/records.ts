import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Ground } from "./ground.ts";
import type { Statement } from "./policy-documents.ts";

/** Versions that another one has taken the place of are kept for so long: a book that is written each minute has many. */
const olderVersionsDays = 30;

/**
 * The bucket for what is kept of drills and of the schedule: private, encrypted with the stack's key, spoken to by TLS only, and
 * with versions, so that what is written over can be had back.
 */
export class AwsRecords extends pulumi.ComponentResource {
  readonly bucket: aws.s3.Bucket;
  readonly prefix: string;
  readonly #ground: Ground;

  constructor(name: string, ground: Ground, options?: pulumi.ComponentResourceOptions) {
    super("landfall:aws:Records", name, {}, options);
    const parent = { parent: this };
    this.#ground = ground;
    this.prefix = `${ground.stack.project}/${ground.stack.name}`;
    this.bucket = new aws.s3.Bucket(
      name,
      {
        // A prefix: names of buckets are all the world's. AWS takes 37 characters of it.
        bucketPrefix: `${ground.named(name).slice(0, 36)}-`,
        forceDestroy: false,
        tags: ground.tags(name),
      },
      { parent: this, protect: ground.config.database.deletion_protection },
    );
    const bucket = this.bucket.id;
    new aws.s3.BucketPublicAccessBlock(
      `${name}-private`,
      { bucket, blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true },
      parent,
    );
    new aws.s3.BucketServerSideEncryptionConfiguration(
      `${name}-encryption`,
      {
        bucket,
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: ground.key.arn },
            bucketKeyEnabled: true,
          },
        ],
      },
      parent,
    );
    const versioning = new aws.s3.BucketVersioning(
      `${name}-versions`,
      { bucket, versioningConfiguration: { status: "Enabled" } },
      parent,
    );
    new aws.s3.BucketLifecycleConfiguration(
      `${name}-lifecycle`,
      {
        bucket,
        rules: [
          {
            id: "older-versions",
            status: "Enabled",
            filter: { prefix: "" },
            noncurrentVersionExpiration: { noncurrentDays: olderVersionsDays },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
          },
        ],
      },
      { parent: this, dependsOn: [versioning] },
    );
    const policy = pulumi.jsonStringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: [this.bucket.arn, pulumi.interpolate`${this.bucket.arn}/*`],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ],
    });
    new aws.s3.BucketPolicy(`${name}-tls`, { bucket, policy }, parent);
    this.registerOutputs({ bucket });
  }

  /** What reads and writes the records may do: objects below the prefix, and no deleting. */
  statements(): Statement[] {
    const { key, config } = this.#ground;
    return [
      {
        actions: ["s3:GetObject", "s3:PutObject"],
        resources: [pulumi.interpolate`${this.bucket.arn}/${this.prefix}/*`],
      },
      // Without it S3 says of an object that is not there that it must not be read.
      { actions: ["s3:ListBucket"], resources: [this.bucket.arn] },
      {
        // S3 encrypts and decrypts on behalf of who asks; by itself the task can do nothing with the key.
        actions: ["kms:Decrypt", "kms:GenerateDataKey"],
        resources: [key.arn],
        conditions: { StringEquals: { "kms:ViaService": `s3.${config.region}.amazonaws.com` } },
      },
    ];
  }
}
