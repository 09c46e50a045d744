import { type Finding, inProgram, type PolicyResource, type Rule } from "./rule.ts";

interface Statement {
  Effect?: string;
  Action?: string | string[];
  Resource?: string | string[];
}

/** AWS knows no resource for these: they must be allowed on "*" or not at all. Source: Service Authorization Reference. */
const withoutResource = new Set(["ecr:GetAuthorizationToken"]);

const listOf = (value: string | string[] | undefined): string[] => (value === undefined ? [] : [value].flat());

const permissions = inProgram(
  "drill-permissions.ts, records.ts or task.ts",
  "each action by its name, and resources by their ARNs",
);

function wildcards({ type, props }: PolicyResource): Finding[] {
  const own = ["aws:iam/rolePolicy:RolePolicy", "aws:iam/policy:Policy"].includes(type);
  if (!own || typeof props.policy !== "string") return [];
  const { Statement = [] } = JSON.parse(props.policy) as { Statement?: Statement[] };
  return [Statement].flat().flatMap(({ Effect, Action, Resource }) => {
    if (Effect !== "Allow") return [];
    const actions = listOf(Action).filter((action) => action === "*" || action.endsWith(":*"));
    const needsAll = listOf(Action).every((action) => withoutResource.has(action));
    const everything = listOf(Resource).includes("*") && !needsAll;
    return [
      ...actions.map((action) => `the action ${action} allows more than anybody has thought of`),
      ...(everything ? [`${listOf(Action).join(", ")} is allowed on every resource of the account`] : []),
    ].map((problem) => ({ problem, hint: permissions }));
  });
}

const secretName = /PASS(WORD)?$|SECRET(_KEY)?$|TOKEN$|PRIVATE_KEY$/;
const urlWithPassword = /\w+:\/\/[^\s/:@]+:[^\s/@]+@/;

/** In clear are a container's environment, a function's, and the text of a parameter that is no SecureString. */
function plainSecrets({ type, props }: PolicyResource): Finding[] {
  if (type === "aws:ecs/taskDefinition:TaskDefinition" && typeof props.containerDefinitions === "string") {
    const containers = JSON.parse(props.containerDefinitions) as {
      name: string;
      environment?: { name: string; value: string }[];
    }[];
    return containers.flatMap(({ name, environment = [] }) =>
      environment
        .filter((variable) => secretName.test(variable.name) || urlWithPassword.test(variable.value))
        .map((variable) => ({
          problem: `${variable.name} of the container ${name} is in clear: whoever sees the console sees it`,
          hint: `move ${variable.name} from the task's environment to its secrets, where infra/targets/aws makes the task`,
        })),
    );
  }
  if (type === "aws:ssm/parameter:Parameter" && props.type !== "SecureString") {
    const finding = {
      problem: "the parameter must be a SecureString",
      hint: 'set type: "SecureString" where infra/targets/aws makes the parameter',
    };
    return secretName.test(String(props.name).toUpperCase()) ? [finding] : [];
  }
  return [];
}

/** What AWS gives no tags to, of what the stacks are made of. */
const untaggable =
  /^aws:(kms\/(alias|keyPolicy)|iam\/(rolePolicy|rolePolicyAttachment)|secretsmanager\/secretVersion|ec2\/routeTableAssociation|ecr\/lifecyclePolicy|sns\/(topicPolicy|topicSubscription)|backup\/(vaultLockConfiguration|vaultNotifications|selection|restoreTestingSelection)|cloudwatch\/(logMetricFilter|dashboard)|s3\/(bucketPublicAccessBlock|bucketServerSideEncryptionConfiguration|bucketVersioning|bucketLifecycleConfiguration|bucketPolicy)|rds\/(proxyTarget|proxyDefaultTargetGroup)):/;
const wantedTags = ["Project", "Stack", "Tier", "ManagedBy"];

function missingTags({ type, props }: PolicyResource): Finding[] {
  if (!type.startsWith("aws:") || untaggable.test(type)) return [];
  const tags = (props.tags ?? {}) as Record<string, unknown>;
  const missing = wantedTags.filter((tag) => typeof tags[tag] !== "string");
  if (missing.length === 0) return [];
  const problem = `the tags ${missing.join(", ")} are missing: who pays for it, and what made it?`;
  return [{ problem, hint: "set tags: ground.tags(NAME) where infra/targets/aws makes the resource" }];
}

/** Rules about who may do what, and whose a thing is. */
export const accessRules: Rule[] = [
  { name: "no-wildcard-iam", description: "Each permission names its actions and its resources", check: wildcards },
  {
    name: "no-plain-text-secret",
    description: "No secret is where whoever may look at the console can read it",
    check: plainSecrets,
  },
  { name: "tags", description: "Everything says which stack it is of", check: missingTags },
];
