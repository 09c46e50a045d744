import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Naming } from "./naming.ts";

/** Names of tasks inside the VPC: each task of a service that is registered here is an address of the service's name. */
export class Discovery extends pulumi.ComponentResource {
  readonly #naming: Naming;
  readonly #namespace: aws.servicediscovery.PrivateDnsNamespace;

  constructor(name: string, naming: Naming, vpc: pulumi.Input<string>, options?: pulumi.ComponentResourceOptions) {
    super("landfall:aws:Discovery", name, {}, options);
    this.#naming = naming;
    this.#namespace = new aws.servicediscovery.PrivateDnsNamespace(
      `${name}-namespace`,
      {
        name: `${naming.named()}.internal`,
        description: "where the exporters are",
        vpc,
        tags: naming.tags("namespace"),
      },
      { parent: this },
    );
    this.registerOutputs({ name: this.#namespace.name });
  }

  /** A service's name in full. */
  host(service: string): pulumi.Output<string> {
    return pulumi.interpolate`${service}.${this.#namespace.name}`;
  }

  /** Gives a service's tasks a name. `host` is it in full. */
  register(service: string, parent: pulumi.Resource): { arn: pulumi.Output<string>; host: pulumi.Output<string> } {
    const registered = new aws.servicediscovery.Service(
      `${service}-name`,
      {
        name: service,
        // Every task at once: Prometheus asks for all of them, and reads each.
        dnsConfig: {
          namespaceId: this.#namespace.id,
          dnsRecords: [{ type: "A", ttl: 10 }],
          routingPolicy: "MULTIVALUE",
        },
        // What is still registered is a record of DNS, and no reason to keep the name.
        forceDestroy: true,
        tags: this.#naming.tags(`${service}-name`),
      },
      { parent },
    );
    return { arn: registered.arn, host: this.host(service) };
  }
}
