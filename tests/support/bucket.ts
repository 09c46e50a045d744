import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";

/** Makes a bucket in what stands in for S3. */
export async function makeBucket(endpoint: string, bucket: string, region: "eu-central-1"): Promise<void> {
  const client = new S3Client({ region, endpoint, forcePathStyle: true });
  await client.send(
    new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: region } }),
  );
  client.destroy();
}
