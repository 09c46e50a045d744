import { setTimeout as sleep } from "node:timers/promises";
import { DescribeTasksCommand, ECSClient, RunTaskCommand, type Task } from "@aws-sdk/client-ecs";
import { MachineProblem } from "../../machine/problem.ts";
import { compare, type Provider } from "./provider.ts";

interface TaskInputs {
  region: string;
  cluster: string;
  /** ARN of the task definition, with its revision. */
  definition: string;
  subnets: string[];
  securityGroups: string[];
  /** Log group, for who has to read why it failed. */
  log: string;
  /** Another key, another run; a new revision of the definition alone is none. */
  runKey: string;
}

const waitSeconds = 600;

/** A task on Fargate that is started, waited for, and must end well: what has to happen once inside the VPC. */
export const provider: Provider<TaskInputs, TaskInputs> = {
  async create(inputs) {
    const ended = await runTask(new ECSClient({ region: inputs.region }), inputs);
    const code = ended.containers?.[0]?.exitCode;
    if (code === 0) return { id: inputs.runKey.slice(0, 16), outputs: inputs };
    const why = ended.containers?.[0]?.reason ?? ended.stoppedReason ?? "no reason given";
    throw new MachineProblem(
      `the task ${inputs.definition.split("/").at(-1)} ended with ${code ?? "no exit code"}: ${why}`,
      `read the log group ${inputs.log}; if its image could not be pulled, push it (docs/aws.md) and run this again`,
    );
  },
  async diff(_, olds, news) {
    const difference = compare<TaskInputs>(olds, news);
    return { ...difference, changes: olds.runKey !== news.runKey };
  },
  update: async (_, __, news) => (await provider.create(news)).outputs,
  // What the task did lives in the database and goes with it.
  delete: async () => {},
};

/** @throws {MachineProblem} where it cannot be started or does not end in time */
export async function runTask(client: Pick<ECSClient, "send">, inputs: TaskInputs, pollMs = 3000): Promise<Task> {
  const { tasks, failures } = await client.send(
    new RunTaskCommand({
      cluster: inputs.cluster,
      taskDefinition: inputs.definition,
      launchType: "FARGATE",
      startedBy: "landfall",
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: inputs.subnets,
          securityGroups: inputs.securityGroups,
          assignPublicIp: "DISABLED",
        },
      },
    }),
  );
  const arn = tasks?.[0]?.taskArn;
  if (!arn) {
    const why = failures?.[0]?.reason ?? "no reason given";
    throw new MachineProblem(
      `ECS did not start the task: ${why}`,
      "look at the cluster in the ECS console, then run this again",
    );
  }
  for (let waited = 0; waited < waitSeconds * 1000; waited += pollMs) {
    const described = await client.send(new DescribeTasksCommand({ cluster: inputs.cluster, tasks: [arn] }));
    const task = described.tasks?.[0];
    if (task?.lastStatus === "STOPPED") return task;
    await sleep(pollMs);
  }
  throw new MachineProblem(`the task ${arn} has not ended after ${waitSeconds} s`, `read the log group ${inputs.log}`);
}
