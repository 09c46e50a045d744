import { table } from "../cli/table.ts";
import type { Prices } from "./prices.ts";
import { type Priced, type Unpriced, unpricedOf } from "./unpriced.ts";

export interface CostLine {
  name: string;
  /** How the amount comes about. */
  how: string;
  /** In the currency of the prices. */
  monthly: number;
}

export interface Estimate {
  lines: CostLine[];
  total: number;
  /** What the table has no price for: the total is too small by it. */
  unpriced: string[];
  /** Kinds of resource without a line, each with its reason. */
  without: Unpriced[];
  prices: Pick<Prices, "date" | "currency" | "region" | "note">;
}

const hours = 730;
const length = (value: unknown): number => (Array.isArray(value) ? value.length : 1);

/** What a stack costs in a month while nobody uses it; what is paid by use is named in usageNote. */
export function estimate(resources: Priced[], prices: Prices): Estimate {
  const unpriced: string[] = [];
  const priced = new Set<string>();
  const linesOf = (resource: Priced): CostLine[] => {
    const { type, name, props } = resource;
    const kind = type.split(":").at(-1) ?? type;
    const line = (how: string, monthly: number): CostLine => ({ name, how, monthly: Math.round(monthly * 100) / 100 });
    switch (type) {
      case "aws:rds/instance:Instance":
        return database(resource, resources, prices, line, unpriced);
      case "aws:ecs/service:Service":
        return fargate(resource, resources, prices, line);
      case "aws:ec2/vpcEndpoint:VpcEndpoint": {
        if (props.vpcEndpointType !== "Interface") return [];
        const zones = length(props.subnetIds);
        return [line(`endpoint in ${zones} zones`, zones * prices.endpointHour * hours)];
      }
      case "aws:lb/loadBalancer:LoadBalancer":
        return [line("network load balancer", prices.balancerHour * hours)];
      case "aws:rds/proxy:Proxy":
        return [line("RDS Proxy, two processors", 2 * prices.proxyProcessorHour * hours)];
      case "aws:kms/key:Key":
        return [line(kind, prices.keyMonth)];
      case "aws:secretsmanager/secret:Secret":
        return [line(kind, prices.secretMonth)];
      case "aws:cloudwatch/metricAlarm:MetricAlarm":
        return [line("alarm", prices.alarmMonth * (length(props.metricQueries) || 1))];
      case "aws:cloudwatch/dashboard:Dashboard":
        return [line("dashboard", prices.dashboardMonth)];
      case "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace":
        return [line("zone of private names", prices.zoneMonth)];
      default:
        return [];
    }
  };
  const lines = resources.flatMap((resource) => {
    const found = linesOf(resource);
    if (found.length > 0) priced.add(`${resource.type} ${resource.name}`);
    return found;
  });
  const { kinds, gaps } = unpricedOf(resources, priced);
  unpriced.push(...gaps);
  const total = Math.round(lines.reduce((sum, { monthly }) => sum + monthly, 0) * 100) / 100;
  const { date, currency, region, note } = prices;
  return { lines, total, unpriced, without: kinds, prices: { date, currency, region, note } };
}

type MakeLine = (how: string, monthly: number) => CostLine;

function database(
  { name, props }: Priced,
  all: Priced[],
  prices: Prices,
  line: MakeLine,
  unpriced: string[],
): CostLine[] {
  const instance = String(props.instanceClass);
  const zones = props.multiAz === true ? 2 : 1;
  const replica = props.replicateSourceDb !== undefined;
  // A replica begins with the storage of its source.
  const source = all.find(({ type, props: other }) => type === "aws:rds/instance:Instance" && other.allocatedStorage);
  const size = Number(props.allocatedStorage ?? source?.props.allocatedStorage ?? 0);
  const hourly = prices.instanceHour[instance];
  if (hourly === undefined) unpriced.push(`${name}: the table has no price for ${instance}`);
  const where = zones === 2 ? ", in two zones" : "";
  return [
    line(`${instance}${where}`, (hourly ?? 0) * zones * hours),
    line(`${size} GB of gp3${where}`, size * zones * prices.storageGBMonth),
    ...(replica ? [] : [line(`one snapshot of ${size} GB in the vault`, size * prices.snapshotGBMonth)]),
    ...(props.manageMasterUserPassword === true ? [line("the master's secret", prices.secretMonth)] : []),
  ];
}

function fargate({ name, props }: Priced, all: Priced[], prices: Prices, line: MakeLine): CostLine[] {
  const definition = all.find(
    ({ type, name: other }) =>
      type === "aws:ecs/taskDefinition:TaskDefinition" && other === name.replace(/-service$/, "-definition"),
  );
  const cpu = Number(definition?.props.cpu ?? 0) / 1024;
  const memory = Number(definition?.props.memory ?? 0) / 1024;
  const tasks = Number(props.desiredCount ?? 1);
  const hourly = cpu * prices.fargateProcessorHour + memory * prices.fargateGBHour;
  return [line(`${tasks} tasks of ${cpu} processors and ${memory} GB`, tasks * hourly * hours)];
}

const usageNote =
  "Not in it, because it depends on use: traffic between zones, backups above the first snapshot, logs, metrics, provisioned IOPS, drills, tax.";

/** One line a reason: "Without a line, free: 9 Role, 5 RolePolicy". */
function reasonLines(without: Unpriced[]): string[] {
  const byReason = Map.groupBy(without, ({ reason }) => reason);
  return [...byReason].map(
    ([reason, kinds]) => `Without a line, ${reason}: ${kinds.map(({ kind, count }) => `${count} ${kind}`).join(", ")}.`,
  );
}

/** The estimate as a person reads it, the dearest first. */
export function estimateTable({ lines, total, unpriced, without, prices }: Estimate): string {
  const sorted = [...lines].sort((a, b) => b.monthly - a.monthly || (a.name < b.name ? -1 : 1));
  const rows = [
    ...sorted.map(({ name, how, monthly }) => [name, how, monthly.toFixed(2)]),
    ["total", "", total.toFixed(2)],
  ];
  return [
    table(["resource", "what", `>${prices.currency} a month`], rows),
    "",
    `Prices of ${prices.date}, ${prices.region}: ${prices.note}.`,
    usageNote,
    ...reasonLines(without),
    ...unpriced.map((what) => `Missing: ${what}`),
  ].join("\n");
}
