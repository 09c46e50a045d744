/** A figure for CloudWatch. */
export interface Figure {
  unit: "Count" | "Seconds" | "Milliseconds";
  /** Null where there is none. */
  value: number | null;
}

/**
 * A log line in CloudWatch's embedded metric format: CloudWatch takes the figures out of the log, so that nobody needs a right to
 * put them, or a way to its API. Source: its manual, "Specification: Embedded metric format".
 * @param facts what else the line says; no figure is split by it
 */
export function embeddedLine(
  stack: string,
  at: Date,
  figures: Record<string, Figure>,
  facts: Record<string, unknown> = {},
): string {
  const known = Object.entries(figures).filter(([, { value }]) => value !== null);
  const metrics = known.map(([Name, { unit: Unit }]) => ({ Name, Unit }));
  return JSON.stringify({
    _aws: {
      Timestamp: at.getTime(),
      CloudWatchMetrics: [{ Namespace: "Landfall", Dimensions: [["Stack"]], Metrics: metrics }],
    },
    Stack: stack,
    ...facts,
    ...Object.fromEntries(known.map(([name, { value }]) => [name, value])),
  });
}

/** Whether this runs in a task of ECS, whose log goes to CloudWatch. */
export const logsToCloudWatch = (): boolean => process.env.ECS_CONTAINER_METADATA_URI_V4 !== undefined;
