import type { MachineSize } from "../../components/database.ts";

const GiB = 1024 ** 3;
/** GiB of memory for each processor, by family. Source: RDS User Guide, "DB instance classes". */
const perProcessor: Record<string, number> = { m: 4, r: 8, c: 2, x: 16 };
/** The small sizes of the t families do not follow the rule. */
const burstable: Record<string, MachineSize> = {
  micro: { cpus: 2, memory: 1 * GiB },
  small: { cpus: 2, memory: 2 * GiB },
  medium: { cpus: 2, memory: 4 * GiB },
};

/**
 * What an instance class has, from its name: db.m7g.2xlarge has 8 processors and 32 GiB.
 * @throws {Error} for a class that the rule does not know
 */
export function instanceSize(name: string): MachineSize {
  const [, family = "", size = ""] = name.match(/^db\.([a-z])\d[a-z]*\.(\w+)$/) ?? [];
  const small = family === "t" ? burstable[size] : undefined;
  if (small) return small;
  const xlarge = size.match(/^(\d*)xlarge$/);
  const cpus = size === "medium" ? 1 : size === "large" ? 2 : xlarge ? 4 * Number(xlarge[1] || 1) : 0;
  const memory = cpus * (family === "t" ? 4 : (perProcessor[family] ?? 0)) * GiB;
  if (memory > 0) return { cpus, memory };
  throw new Error(`${name} is not an instance class that Landfall can size the database for`);
}

/** Classes that run on credit have to be watched for it. */
export const isBurstable = (name: string): boolean => name.startsWith("db.t");
