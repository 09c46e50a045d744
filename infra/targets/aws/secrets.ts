import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Ground } from "./ground.ts";

/** A secret in Secrets Manager and its present value: a JSON object, of which a task is given single keys. */
export class Secret extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;
  /** Changes with the value: a task that reads the secret at its start is made anew with it. */
  readonly version: pulumi.Output<string>;

  constructor(
    name: string,
    ground: Ground,
    args: { description: string; value: pulumi.Input<Record<string, pulumi.Input<string | number>>> },
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("landfall:aws:Secret", name, {}, options);
    const secret = new aws.secretsmanager.Secret(
      name,
      {
        // A prefix: the name of a deleted secret stays taken for the days in which it can be brought back.
        namePrefix: `${ground.stack.project}/${ground.stack.name}/${name}-`,
        description: args.description,
        kmsKeyId: ground.key.arn,
        recoveryWindowInDays: ground.config.tier === "production" ? 30 : 7,
        tags: ground.tags(name),
      },
      { parent: this },
    );
    const version = new aws.secretsmanager.SecretVersion(
      `${name}-version`,
      { secretId: secret.id, secretString: pulumi.secret(pulumi.jsonStringify(args.value)) },
      { parent: this },
    );
    this.arn = secret.arn;
    this.version = version.versionId;
    this.registerOutputs({ arn: this.arn });
  }

  /** One key of the value, as a task definition names it. */
  key(key: string): pulumi.Output<string> {
    return pulumi.interpolate`${this.arn}:${key}::`;
  }
}
