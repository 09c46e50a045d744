import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { authority, file } from "../../resources.ts";
import type { AwsConfig } from "../../schema-aws.ts";
import type { Stack } from "../../target.ts";
import { proxyAuthorities, rdsAuthorities } from "./authorities.ts";
import { Discovery } from "./discovery.ts";
import { Images } from "./images.ts";
import { type Naming, namingOf } from "./naming.ts";
import { Network } from "./network.ts";

const projectRoot = join(import.meta.dirname, "..", "..", "..");

/** What every piece of the stack shares: region, names, tags, key, network, image repositories, cluster, topic. */
export class Ground extends pulumi.ComponentResource implements Naming {
  readonly stack: Stack;
  readonly config: AwsConfig;
  readonly major: number;
  /** Encrypts the database, its snapshots, the secrets and the topic; the stack's own, so that no other stack can read them. */
  readonly key: aws.kms.Key;
  readonly topic: aws.sns.Topic;
  readonly network: Network;
  readonly images: Images;
  /** Names for the exporters; null where there are none. */
  readonly discovery: Discovery | null;
  readonly cluster: aws.ecs.Cluster;
  /** Certificates, in PEM, that the database is known by inside the stack. */
  readonly databaseAuthorities: string;
  readonly #naming: Naming;
  readonly #signer: pulumi.Output<{ certificate: string; key: string }>;

  constructor(name: string, stack: Stack, options?: pulumi.ComponentResourceOptions) {
    const provider = new aws.Provider("aws", { region: stack.config.aws.region as aws.Region });
    super("landfall:aws:Ground", name, {}, { ...options, providers: { aws: provider } });
    this.stack = stack;
    this.#naming = namingOf(stack);
    this.config = stack.config.aws;
    this.major = stack.config.database.major ?? 17;
    const parent = { parent: this };
    this.key = new aws.kms.Key(
      `${name}-key`,
      {
        description: `${this.named()}: database, snapshots, secrets, alarms`,
        enableKeyRotation: true,
        // Until then a deleted key can be brought back, and with it every snapshot that it encrypts.
        deletionWindowInDays: 30,
        tags: this.tags("key"),
      },
      parent,
    );
    new aws.kms.Alias(`${name}-key-alias`, { name: `alias/${this.named()}`, targetKeyId: this.key.keyId }, parent);
    this.topic = new aws.sns.Topic(
      `${name}-alarms`,
      { name: this.named("alarms"), kmsMasterKeyId: this.key.arn, tags: this.tags("alarms") },
      parent,
    );
    this.network = new Network("network", this, parent);
    this.images = new Images("images", this, this.key, parent);
    this.discovery = this.config.exporters ? new Discovery("discovery", this, this.network.vpc, parent) : null;
    this.cluster = new aws.ecs.Cluster(
      `${name}-cluster`,
      {
        name: this.named(),
        settings: [{ name: "containerInsights", value: "enabled" }],
        tags: this.tags("cluster"),
      },
      parent,
    );
    this.databaseAuthorities = rdsAuthorities(this.config.region);
    const signer = authority(`${name}-authority`, { name: `${stack.project} ${stack.name}` }, parent);
    this.#signer = pulumi
      .all([signer.get("certificate"), signer.get("key")])
      .apply(([certificate, key]) => ({ certificate, key }));
    this.registerOutputs({ key: this.key.arn, topic: this.topic.arn });
  }

  named(...parts: string[]): string {
    return this.#naming.named(...parts);
  }

  tags(part: string): Record<string, string> {
    return this.#naming.tags(part);
  }

  /** The certificate of the stack's own authority: what clients know the pooler by. */
  get authorityCertificate(): pulumi.Output<string> {
    return this.#signer.apply(({ certificate }) => certificate);
  }

  get signer(): pulumi.Output<{ certificate: string; key: string }> {
    return this.#signer;
  }

  /** Writes authorities' certificates beside the stack's state, for verbs that run on this machine. */
  authorityFile(name: string, content: pulumi.Input<string>, parent: pulumi.Resource): pulumi.Output<string> {
    const path = join(projectRoot, ".landfall", "stacks", this.stack.name, name);
    return file(`${name.replace(".", "-")}-file`, { path, content, account: null, mode: "0644" }, { parent }).get(
      "path",
    );
  }

  /** The log group of a part. AWS encrypts it; a retention it would not have by itself. */
  logGroup(name: string, path: string, parent: pulumi.Resource): aws.cloudwatch.LogGroup {
    const retentionInDays = logRetention(this.config.database.log_days);
    return new aws.cloudwatch.LogGroup(name, { name: path, retentionInDays, tags: this.tags(name) }, { parent });
  }

  get publicAuthorities(): string {
    return proxyAuthorities();
  }
}

/** CloudWatch keeps logs for these numbers of days only. Source: its API, PutRetentionPolicy. */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** The shortest of them that is long enough. */
export const logRetention = (days: number): number => retentions.find((possible) => possible >= days) ?? 3653;
