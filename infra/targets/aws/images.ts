import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Naming } from "./naming.ts";

export type ImageName = "pooler" | "ops" | "monitoring";

/** Where the tasks' images come from: the stack's own repositories, unless the configuration names others. */
export class Images extends pulumi.ComponentResource {
  readonly #images: Partial<Record<ImageName, pulumi.Output<string>>>;
  /** Repositories that tasks have to be let into. */
  readonly repositories: pulumi.Output<string>[] = [];

  constructor(name: string, naming: Naming, key: aws.kms.Key, options?: pulumi.ComponentResourceOptions) {
    super("landfall:aws:Images", name, {}, options);
    const { images, exporters } = naming.config;
    const image = (part: ImageName): pulumi.Output<string> => {
      const given = images[part];
      if (given) return pulumi.output(given);
      const repository = new aws.ecr.Repository(
        `${name}-${part}`,
        {
          name: `${naming.stack.project}/${naming.stack.name}/${part}`,
          imageTagMutability: "IMMUTABLE",
          imageScanningConfiguration: { scanOnPush: true },
          encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: key.arn }],
          tags: naming.tags(part),
        },
        { parent: this },
      );
      const policy = JSON.stringify({ rules: [keepLast(10)] });
      new aws.ecr.LifecyclePolicy(
        `${name}-${part}-lifecycle`,
        { repository: repository.name, policy },
        { parent: this },
      );
      this.repositories.push(repository.arn);
      return pulumi.interpolate`${repository.repositoryUrl}:${images.tag}`;
    };
    this.#images = {
      pooler: image("pooler"),
      ops: image("ops"),
      ...(exporters ? { monitoring: image("monitoring") } : {}),
    };
    this.registerOutputs(this.#images);
  }

  /** @throws {Error} for the exporters' image where there are none */
  of(part: ImageName): pulumi.Output<string> {
    const found = this.#images[part];
    if (!found) throw new Error(`this stack has no image ${part}`);
    return found;
  }
}

const keepLast = (count: number) => ({
  rulePriority: 1,
  description: `keep the last ${count}`,
  selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: count },
  action: { type: "expire" },
});
