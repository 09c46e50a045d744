/** A resource as it is planned. */
export interface Priced {
  type: string;
  name: string;
  props: Record<string, unknown>;
}

/** Kinds of resource that have no line of their own, and why. */
export interface Unpriced {
  /** The last part of Pulumi's type. */
  kind: string;
  count: number;
  reason: string;
}

const free = "free";
const paidWith = (what: string) => `paid with ${what}`;
const byUse = (what: string) => `by use: ${what}`;

/** By type; a type that is in neither this table nor the estimate is a gap, and is told as one. */
const reasons: Record<string, string> = {
  "aws:backup/plan:Plan": free,
  "aws:backup/restoreTestingPlan:RestoreTestingPlan": byUse("an instance for some hours a week, and each test"),
  "aws:backup/restoreTestingSelection:RestoreTestingSelection": paidWith("its plan"),
  "aws:backup/selection:Selection": free,
  "aws:backup/vault:Vault": byUse("snapshots above the first, which is a line of the database"),
  "aws:backup/vaultLockConfiguration:VaultLockConfiguration": free,
  "aws:backup/vaultNotifications:VaultNotifications": free,
  "aws:cloudwatch/logGroup:LogGroup": byUse(
    "what is logged, how long it is kept, and eight metrics in the scheduler's",
  ),
  "aws:cloudwatch/logMetricFilter:LogMetricFilter": byUse("a custom metric in each month with a deadlock"),
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": free,
  "aws:ec2/routeTable:RouteTable": free,
  "aws:ec2/routeTableAssociation:RouteTableAssociation": free,
  "aws:ec2/securityGroup:SecurityGroup": free,
  "aws:ec2/subnet:Subnet": free,
  "aws:ec2/vpc:Vpc": free,
  "aws:ec2/vpcEndpoint:VpcEndpoint": "free: a gateway",
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": free,
  "aws:ecr/repository:Repository": byUse("the images' size"),
  "aws:ecs/cluster:Cluster": byUse("Container Insights' metrics"),
  "aws:ecs/taskDefinition:TaskDefinition": paidWith("the service, or the run, that has it"),
  "aws:iam/role:Role": free,
  "aws:iam/rolePolicy:RolePolicy": free,
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": free,
  "aws:kms/alias:Alias": free,
  "aws:kms/keyPolicy:KeyPolicy": free,
  "aws:lb/listener:Listener": paidWith("the load balancer"),
  "aws:lb/targetGroup:TargetGroup": paidWith("the load balancer"),
  "aws:rds/eventSubscription:EventSubscription": free,
  "aws:rds/parameterGroup:ParameterGroup": free,
  "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": paidWith("the proxy"),
  "aws:rds/proxyTarget:ProxyTarget": paidWith("the proxy"),
  "aws:rds/subnetGroup:SubnetGroup": free,
  "aws:s3/bucket:Bucket": byUse("some megabytes, and about 100,000 requests a month: half a dollar"),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": free,
  "aws:s3/bucketPolicy:BucketPolicy": free,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": free,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": free,
  "aws:s3/bucketVersioning:BucketVersioning": free,
  "aws:secretsmanager/secretVersion:SecretVersion": paidWith("the secret"),
  "aws:servicediscovery/service:Service": byUse("look-ups, a few cents"),
  "aws:sns/topic:Topic": byUse("messages"),
  "aws:sns/topicPolicy:TopicPolicy": free,
  "aws:sns/topicSubscription:TopicSubscription": byUse("messages"),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": free,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": free,
};

/**
 * What of a stack has no line in the estimate.
 * @returns kinds with their reasons, and the resources of AWS of which nobody has said anything
 */
export function unpricedOf(resources: Priced[], priced: Set<string>): { kinds: Unpriced[]; gaps: string[] } {
  const left = resources.filter(({ type, name }) => type.startsWith("aws:") && !priced.has(`${type} ${name}`));
  const gaps = left
    .filter(({ type }) => !reasons[type])
    .map(({ type, name }) => `${name}: nothing is known of ${type}`);
  const known = Map.groupBy(
    left.filter(({ type }) => reasons[type]),
    ({ type }) => type,
  );
  const kinds = [...known].map(([type, group]) => {
    return { kind: type.split(":").at(-1) ?? type, count: group.length, reason: reasons[type] ?? "" };
  });
  return { kinds: kinds.sort((a, b) => a.reason.localeCompare(b.reason) || a.kind.localeCompare(b.kind)), gaps };
}
