import { LandfallError } from "../../cli/errors.ts";
import type { Plan } from "../model/plan.ts";
import type { Profile } from "../model/profile.ts";
import type { SourceCatalog } from "../model/source.ts";
import { planChecks } from "./checks.ts";
import { applyCollations } from "./collations.ts";
import type { PlanContext, PlanOptions } from "./context.ts";
import { recognize } from "./conventions.ts";
import { planForeignKeys } from "./foreign-keys.ts";
import { planIndexes } from "./indexes.ts";
import { planKeys } from "./keys.ts";
import { Ledger } from "./ledger.ts";
import type { Mapping } from "./mapping.ts";
import { Names } from "./names.ts";
import { planOthers } from "./others.ts";
import { checkMapping, openTables, planTables } from "./tables.ts";
import { planTriggers } from "./triggers.ts";
import { unifyKeys } from "./unify.ts";
import { planViews } from "./views.ts";
import { openVirtualTables, planVirtualTables } from "./virtual.ts";

export type { PlanOptions } from "./context.ts";

/**
 * Decides for every object of the source what becomes of it. Pure: the same catalog, profile and mapping give the same plan.
 * @throws {LandfallError} usage, where the mapping names what the source does not have
 */
export function makePlan(catalog: SourceCatalog, profile: Profile, mapping: Mapping, options: PlanOptions = {}): Plan {
  if (profile.schemaDigest !== catalog.schemaDigest) {
    throw new LandfallError("usage", "the profile is of another schema than the file", "profile the file again");
  }
  const context = openContext(catalog, mapping, options);
  checkMapping(context);
  openTables(context, profile);
  openVirtualTables(context, profile);
  applyCollations(context);
  unifyKeys(context);
  const tables = [...planTables(context), ...planVirtualTables(context)];
  const ordinary = [...context.tables.values()].filter(({ source }) => source.kind === "table");
  for (const table of ordinary) planKeys(context, table);
  for (const table of ordinary) {
    planForeignKeys(context, table);
    planChecks(context, table);
  }
  planIndexes(context);
  planOthers(context);
  planViews(context);
  planTriggers(context);
  context.ledger.checkMapping(mapping);
  return {
    version: 1,
    schemaDigest: catalog.schemaDigest,
    naming: context.options.naming,
    schema: context.options.schema,
    ...(context.options.localtime === null ? {} : { localtime: context.options.localtime }),
    extensions: [...context.extensions].sort(),
    tables,
    objects: context.objects,
    accounts: context.ledger.all,
  };
}

export function openContext(catalog: SourceCatalog, mapping: Mapping, options: PlanOptions): PlanContext {
  const naming = options.naming ?? mapping.naming ?? "keep";
  return {
    catalog,
    mapping,
    options: {
      naming,
      schema: options.schema ?? mapping.schema ?? "public",
      collation: options.collation === undefined ? '"C"' : options.collation,
      localtime: options.localtime ?? mapping.localtime ?? null,
      violations: options.violations ?? [],
    },
    framework: recognize(catalog),
    ledger: new Ledger(mapping.waive),
    relations: new Names(naming),
    functions: new Names(naming),
    tables: new Map(),
    views: new Map(),
    external: new Set(),
    extensions: new Set(),
    objects: [],
  };
}
