import type { Alarm } from "./alarms.ts";

/** Which resource a metric is of, as CloudWatch names it. */
export type Dimensions = Record<string, string>;

/** The dashboard: one graph for each alarm, with its threshold, in the order of the alarms. */
export function dashboardBody(alarms: Alarm[], dimensions: Record<string, Dimensions>, region: string): string {
  const widgets = alarms.map(({ name, metric, expression, threshold, period }, index) => {
    const pairs = Object.entries(dimensions[metric.of] ?? {}).flat();
    const source = [metric.namespace, metric.name, ...pairs, { id: "m", stat: metric.statistic, visible: !expression }];
    return {
      type: "metric",
      x: (index % 3) * 8,
      y: Math.floor(index / 3) * 6,
      width: 8,
      height: 6,
      properties: {
        title: name,
        region,
        period,
        view: "timeSeries",
        metrics: expression ? [source, [{ expression, label: name, id: "e" }]] : [source],
        annotations: { horizontal: [{ label: "alarm", value: threshold }] },
      },
    };
  });
  return JSON.stringify({ widgets });
}
