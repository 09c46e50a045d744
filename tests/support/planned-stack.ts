import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";

const root = join(import.meta.dirname, "..", "..");

/** A resource that the program declared, with the inputs that a provider would be given. */
export interface Planned {
  type: string;
  name: string;
  props: Record<string, unknown>;
}

export interface PlannedStack {
  resources: Planned[];
  outputs: Record<string, unknown>;
}

let number = 0;

/**
 * Runs the whole program for a stack of stacks/ with no engine and no provider: every resource is answered with its own
 * inputs and what AWS would make up, as recognizable texts.
 * @param change turns the stack's configuration, by its keys after the project's name, into another
 */
export async function planStack(
  stack: string,
  change: (config: Record<string, Record<string, unknown>>) => void = () => {},
): Promise<PlannedStack> {
  const file = parse(readFileSync(join(root, "stacks", `Pulumi.${stack}.yaml`), "utf8")) as {
    config: Record<string, unknown>;
  };
  const config = Object.fromEntries(
    Object.entries(file.config).map(([key, value]) => [key.replace("landfall:", ""), value]),
  ) as Record<string, Record<string, unknown>>;
  change(config);
  const resources: Planned[] = [];
  const mocks: pulumi.runtime.Mocks = {
    newResource({ type, name, inputs }) {
      const { __provider: _, ...props } = inputs as Record<string, unknown>;
      resources.push({ type, name, props });
      return { id: `${name}-id`, state: { ...props, ...madeUp(type, name, props) } };
    },
    call: ({ inputs }) => inputs,
  };
  await pulumi.runtime.setMocks(mocks, "landfall", stack, false);
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(config).map(([key, value]) => [
        `landfall:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
  );
  number += 1;
  const program = (await import(`../../infra/index.ts?${number}`)) as { default: pulumi.Inputs };
  const outputs = await settled(pulumi.output(program.default));
  await pulumi.runtime.disconnect();
  return { resources, outputs: outputs as Record<string, unknown> };
}

const settled = (output: pulumi.Output<unknown>): Promise<unknown> =>
  new Promise((resolve) => {
    output.apply(resolve);
  });

/** What a provider adds to the inputs: only what the program goes on with. */
function madeUp(type: string, name: string, props: Record<string, unknown>): Record<string, unknown> {
  if (type.endsWith("landfall:password")) return { value: `password of ${name}` };
  if (/landfall:(authority|certificate)$/.test(type))
    return { certificate: `certificate of ${name}`, key: `key of ${name}` };
  const made: Record<string, unknown> = {
    arn: `arn:${name}`,
    name: props.name ?? `${props.namePrefix ?? `${name}-`}made-up`,
    arnSuffix: `suffix/${name}`,
  };
  if (type === "aws:s3/bucket:Bucket") made.bucket = `${props.bucketPrefix}made-up`;
  if (type === "aws:kms/key:Key") made.keyId = "0123456789abcdef";
  if (type === "aws:sns/topic:Topic") made.owner = "123456789012";
  if (type === "aws:lb/loadBalancer:LoadBalancer") made.dnsName = `${props.name}.elb.amazonaws.com`;
  if (type === "aws:rds/proxy:Proxy") made.endpoint = `${props.name}.proxy.rds.amazonaws.com`;
  if (type === "aws:ec2/vpcEndpoint:VpcEndpoint") made.prefixListId = "pl-s3";
  if (type === "aws:ecr/repository:Repository") made.repositoryUrl = `123456789012.dkr.ecr/${props.name}`;
  if (type === "aws:secretsmanager/secretVersion:SecretVersion") made.versionId = "version-1";
  if (type === "aws:rds/instance:Instance") {
    made.address = `${props.identifier}.rds.amazonaws.com`;
    made.endpoint = `${made.address}:5432`;
    made.resourceId = `db-${props.identifier}`;
    made.masterUserSecrets = [{ secretArn: "arn:master-secret" }];
  }
  return made;
}
