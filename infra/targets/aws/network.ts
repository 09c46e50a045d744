import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Groups } from "./groups.ts";
import type { Naming } from "./naming.ts";

/** What tasks without a way to the internet need of AWS: images, logs, secrets, and RDS's API for drills. */
const services = ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "rds"] as const;

/**
 * Private subnets without a way to the internet, in the stack's own VPC or a given one, and who may reach whom. There is no
 * NAT gateway: AWS's services are reached by endpoints inside the VPC.
 */
export class Network extends pulumi.ComponentResource {
  readonly vpc: pulumi.Output<string>;
  readonly subnets: pulumi.Output<string>[];
  readonly groups: Groups;

  constructor(name: string, naming: Naming, options?: pulumi.ComponentResourceOptions) {
    super("landfall:aws:Network", name, {}, options);
    const { network, region } = naming.config;
    const own = network.vpc ? null : this.#ownVpc(name, naming);
    this.vpc = own?.vpc ?? pulumi.output(network.vpc ?? "");
    this.subnets = own?.subnets ?? network.subnets.map((id) => pulumi.output(id));
    const routeTableIds = own ? [own.routeTable] : network.route_tables;
    const storage = new aws.ec2.VpcEndpoint(
      `${name}-s3`,
      {
        vpcId: this.vpc,
        serviceName: `com.amazonaws.${region}.s3`,
        vpcEndpointType: "Gateway",
        routeTableIds,
        tags: naming.tags("s3"),
      },
      { parent: this },
    );
    this.groups = new Groups("groups", naming, { vpc: this.vpc, storage: storage.prefixListId }, { parent: this });
    for (const service of services) {
      new aws.ec2.VpcEndpoint(
        `${name}-${service.replace(".", "-")}`,
        {
          vpcId: this.vpc,
          serviceName: `com.amazonaws.${region}.${service}`,
          vpcEndpointType: "Interface",
          privateDnsEnabled: true,
          subnetIds: this.subnets.slice(0, network.endpoint_zones),
          securityGroupIds: [this.groups.id("endpoints")],
          tags: naming.tags(service),
        },
        { parent: this },
      );
    }
    this.registerOutputs({ vpc: this.vpc });
  }

  #ownVpc(name: string, naming: Naming) {
    const { network, region } = naming.config;
    const parent = { parent: this };
    const vpc = new aws.ec2.Vpc(
      `${name}-vpc`,
      { cidrBlock: network.cidr, enableDnsSupport: true, enableDnsHostnames: true, tags: naming.tags("vpc") },
      parent,
    );
    // AWS makes a default group that lets its members reach each other; a stack's own default group lets nothing through.
    new aws.ec2.DefaultSecurityGroup(`${name}-default`, { vpcId: vpc.id, tags: naming.tags("unused") }, parent);
    const routeTable = new aws.ec2.RouteTable(
      `${name}-routes`,
      { vpcId: vpc.id, tags: naming.tags("private") },
      parent,
    );
    const zones = network.zones.length > 0 ? network.zones : [`${region}a`, `${region}b`];
    const subnets = zones.map((availabilityZone, index) => {
      const subnet = new aws.ec2.Subnet(
        `${name}-subnet-${index + 1}`,
        {
          vpcId: vpc.id,
          availabilityZone,
          cidrBlock: subnetOf(network.cidr, index),
          mapPublicIpOnLaunch: false,
          tags: naming.tags(`private-${availabilityZone}`),
        },
        parent,
      );
      new aws.ec2.RouteTableAssociation(
        `${name}-routes-${index + 1}`,
        { subnetId: subnet.id, routeTableId: routeTable.id },
        parent,
      );
      return subnet.id;
    });
    return { vpc: vpc.id, subnets, routeTable: routeTable.id };
  }
}

/**
 * The subnet number `index` of four equal parts of a range, such as 10.74.4.0/22 for 10.74.0.0/20 and 1.
 * @throws {Error} where the range is not one of IPv4
 */
export function subnetOf(cidr: string, index: number): string {
  const [, a, b, c, d, length] = cidr.match(/^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/) ?? [];
  const bits = Number(length) + 2;
  if (!(bits <= 28) || index > 3) throw new Error(`${cidr} cannot be divided into subnets`);
  const start = [a, b, c, d].reduce((sum, part) => sum * 256 + Number(part), 0) + index * 2 ** (32 - bits);
  return `${[24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join(".")}/${bits}`;
}
