import type * as pulumi from "@pulumi/pulumi";
import type { StackOutputs } from "./contract.ts";
import type { StackConfig } from "./schema.ts";

/**
 * A place that a stack can run in. Each target makes the same things in its own way and hands them over in the same form,
 * so that index.ts and every script are written once.
 */
export interface Target<D extends Database, R extends Roles, P extends Pooler> {
  /** The server and its data. */
  database(): D;
  /** Roles, the application's database, grants. */
  roles(database: D): R;
  /** PgBouncer, or what stands in its place, within the budget of connections. */
  pooler(database: D, roles: R): P;
  /** The repository and the archiving of WAL into it. */
  backups(database: D, roles: R): Backups;
  /** Exporters, Prometheus, Alertmanager and their rules. */
  monitoring(database: D, roles: R, pooler: P): Monitoring;
  /** What starts backups and the rest on time. Last, because its jobs are given the stack's outputs. */
  schedule(outputs: pulumi.Output<StackOutputs>): Schedule;
}

export interface Stack {
  project: string;
  name: string;
  config: StackConfig;
}

/** What every piece of a stack adds to the table of what runs where. */
interface Piece {
  parts: pulumi.Output<StackOutputs["parts"]>;
}

export interface Database extends Piece {
  connection: pulumi.Output<StackOutputs["database"]>;
}

export interface Roles {
  logins: pulumi.Output<StackOutputs["roles"]>;
}

export interface Pooler extends Piece {
  connection: pulumi.Output<StackOutputs["pooler"]>;
}

export interface Backups {
  backup: pulumi.Output<StackOutputs["backup"]>;
}

export interface Monitoring extends Piece {
  monitoring: pulumi.Output<StackOutputs["monitoring"]>;
}

export interface Schedule extends Piece {}
