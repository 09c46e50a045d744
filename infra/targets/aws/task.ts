import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Ground } from "./ground.ts";
import type { ImageName } from "./images.ts";
import { allow, type Statement, trust } from "./policy-documents.ts";

/** What runs in a task. */
export interface Container {
  name: string;
  image: ImageName;
  /** Run by sh: puts secrets into files below /dev/shm, which is memory, and starts the program. */
  script: string;
  environment: Record<string, pulumi.Input<string>>;
  /** Environment variables by the secret, or the key of one, that holds them. */
  secrets: Record<string, pulumi.Input<string>>;
  port?: number | undefined;
  /** Whether the task ends with it. */
  essential: boolean;
  /** The most that it may use; the task's unless set. */
  memoryMB?: number;
}

/** The task's own container, and what the task is given. */
export interface TaskArgs extends Pick<Container, "image" | "script" | "environment" | "secrets" | "port"> {
  /** Units and memory of the whole task. */
  cpu: number;
  memoryMB: number;
  /** What runs beside it, sharing its address. */
  sidecars?: Container[];
  /** The secrets' ARNs: the task may read these and no other. */
  secretArns: pulumi.Input<string>[];
  /** What the program itself may do in AWS; nothing unless given. */
  permissions?: Statement[];
  /** How long its containers may take to end once they are told to; 30 unless set, 120 at most. */
  stopTimeoutSeconds?: number;
}

/** A Fargate task: its definition, its log, and two roles, one to start it and one for the program in it. */
export class Task extends pulumi.ComponentResource {
  readonly definition: aws.ecs.TaskDefinition;
  readonly executionRole: aws.iam.Role;
  readonly taskRole: aws.iam.Role;
  readonly log: aws.cloudwatch.LogGroup;

  constructor(name: string, ground: Ground, args: TaskArgs, options?: pulumi.ComponentResourceOptions) {
    super("landfall:aws:Task", name, {}, options);
    const parent = { parent: this };
    this.log = ground.logGroup(`${name}-log`, `/${ground.stack.project}/${ground.stack.name}/${name}`, this);
    const role = (kind: string, description: string) =>
      new aws.iam.Role(
        `${name}-${kind}-role`,
        {
          name: ground.named(name, kind),
          description,
          assumeRolePolicy: trust("ecs-tasks.amazonaws.com"),
          tags: ground.tags(`${name}-${kind}`),
        },
        parent,
      );
    this.executionRole = role("start", `starts ${name}: pulls its image, reads its secrets, writes its log`);
    this.taskRole = role("task", `what ${name} itself may do in AWS`);
    const startPolicy = new aws.iam.RolePolicy(
      `${name}-start-policy`,
      { role: this.executionRole.name, policy: allow(startStatements(ground, this.log, args.secretArns)) },
      parent,
    );
    if (args.permissions) {
      new aws.iam.RolePolicy(
        `${name}-task-policy`,
        { role: this.taskRole.name, policy: allow(args.permissions) },
        parent,
      );
    }
    const { image, script, environment, secrets, port } = args;
    const own = { name, image, script, environment, secrets, port, essential: true };
    this.definition = new aws.ecs.TaskDefinition(
      `${name}-definition`,
      {
        family: ground.named(name),
        requiresCompatibilities: ["FARGATE"],
        networkMode: "awsvpc",
        cpu: String(args.cpu),
        memory: String(args.memoryMB),
        executionRoleArn: this.executionRole.arn,
        taskRoleArn: this.taskRole.arn,
        runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture: "X86_64" },
        containerDefinitions: pulumi.jsonStringify(
          [own, ...(args.sidecars ?? [])].map((container) =>
            this.#container(name, ground, container, args.stopTimeoutSeconds ?? 30),
          ),
        ),
        tags: ground.tags(name),
      },
      { parent: this, dependsOn: [startPolicy] },
    );
    this.registerOutputs({ definition: this.definition.arn });
  }

  #container(task: string, ground: Ground, args: Container, stopTimeout: number) {
    const pairs = (values: Record<string, pulumi.Input<string>>, key: "value" | "valueFrom") =>
      Object.entries(values).map(([variable, value]) => ({ name: variable, [key]: value }));
    return {
      name: args.name,
      image: ground.images.of(args.image),
      essential: args.essential,
      // What the task goes on without would otherwise stay down until the task's own end.
      ...(args.essential ? {} : { restartPolicy: { enabled: true } }),
      ...(args.memoryMB ? { memory: args.memoryMB } : {}),
      user: "5432:5432",
      readonlyRootFilesystem: true,
      linuxParameters: { capabilities: { drop: ["ALL"] }, initProcessEnabled: true },
      entryPoint: ["sh", "-c"],
      command: [args.script],
      environment: pairs(args.environment, "value"),
      secrets: pairs(args.secrets, "valueFrom"),
      portMappings: args.port ? [{ containerPort: args.port, protocol: "tcp" }] : [],
      stopTimeout,
      logConfiguration: {
        logDriver: "awslogs",
        options: {
          "awslogs-group": this.log.name,
          "awslogs-region": ground.config.region,
          "awslogs-stream-prefix": task,
        },
      },
    };
  }
}

/** What every service of ours has in common. @param group the security group that its tasks are in */
export const runsOnFargate = (ground: Ground, task: Task, group: Parameters<Ground["network"]["groups"]["id"]>[0]) => ({
  cluster: ground.cluster.arn,
  taskDefinition: task.definition.arn,
  launchType: "FARGATE",
  platformVersion: "LATEST",
  deploymentCircuitBreaker: { enable: true, rollback: true },
  enableExecuteCommand: false,
  enableEcsManagedTags: true,
  propagateTags: "SERVICE",
  networkConfiguration: {
    subnets: ground.network.subnets,
    securityGroups: [ground.network.groups.id(group)],
    assignPublicIp: false,
  },
});

function startStatements(ground: Ground, log: aws.cloudwatch.LogGroup, secrets: pulumi.Input<string>[]): Statement[] {
  const { repositories } = ground.images;
  const pull: Statement[] = [
    {
      actions: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"],
      resources: repositories,
    },
    // AWS knows no resource for this one: the token lets nothing through that the line above does not.
    { actions: ["ecr:GetAuthorizationToken"], resources: ["*"] },
  ];
  return [
    ...(repositories.length > 0 ? pull : []),
    { actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [pulumi.interpolate`${log.arn}:*`] },
    { actions: ["secretsmanager:GetSecretValue"], resources: secrets },
    { actions: ["kms:Decrypt"], resources: [ground.key.arn] },
  ];
}
