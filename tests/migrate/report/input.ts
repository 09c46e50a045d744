import type { Account, Plan } from "../../../scripts/lib/migrate/model/plan.ts";
import type { ReportInput } from "../../../scripts/lib/migrate/report/input.ts";

/** A name, a type and a value as somebody could write them who wants the page to run something. */
export const hostile = `"><img src=x onerror=alert(1)></td><b>bold\u0007' & \u{1f600}`;

const account = (outcome: Account["outcome"], key: string): Account => ({
  key,
  kind: "table",
  source: `CREATE TABLE ${hostile}`,
  outcome,
  target: outcome === "translated" ? `CREATE TABLE ${hostile} ()` : null,
  reason: hostile,
});

/** A run with one of each thing that a report can tell of. */
export function reportInput(): ReportInput {
  const convert = { as: "text" } as const;
  const column = {
    source: hostile,
    target: hostile,
    type: "text",
    convert,
    ...{ notNull: false, default: null, generated: null, identity: false, collation: null, reason: hostile },
  };
  const plan: Plan = {
    version: 1,
    schemaDigest: "d",
    naming: "keep",
    schema: "public",
    extensions: [],
    tables: [{ source: hostile, target: hostile, columns: [column], comment: null, constraints: [] }],
    objects: [],
    accounts: [
      account("migrated", "table a"),
      account("translated", "view b"),
      account("waived", "trigger c"),
      account("undecided", "check d"),
    ],
  };
  const counts = { rows: 3, loaded: 2, quarantined: 1 };
  return {
    run: {
      id: "run",
      startedAt: "2026-01-01T00:00:00Z",
      source: `/data/${hostile}.sqlite`,
      destination: "local",
      steps: { snapshot: { finishedAt: "", durationMs: 10 }, load: { finishedAt: "", durationMs: 400 } },
    },
    verdict: {
      exit: "different",
      text: "NOT EQUAL: 1 difference",
      problem: { message: `the target does not hold what the source held: ${hostile}`, hint: "read the report" },
    },
    snapshot: {
      source: "a",
      file: "b",
      bytes: 4096,
      sha256: "00",
      takenAt: "2026-01-01T00:00:00Z",
      integrity: [hostile],
      foreignKeyViolations: [{ table: hostile, foreignKey: 0, parent: hostile, rows: 1 }],
    },
    catalog: {
      file: "b",
      encoding: "UTF-8",
      userVersion: 0,
      applicationId: 0,
      schemaDigest: "d",
      tables: [
        {
          name: hostile,
          kind: "table",
          sql: "",
          module: null,
          columns: [
            {
              name: hostile,
              declaredType: hostile,
              affinity: "text",
              notNull: false,
              defaultSql: null,
              generated: null,
            },
          ],
          primaryKey: [],
          rowidAlias: null,
          autoincrement: false,
          sequence: null,
          withoutRowid: false,
          strict: false,
          rowidName: "rowid",
          foreignKeys: [],
        },
      ],
      indexes: [],
      views: [],
      triggers: [],
    },
    profile: {
      version: 1,
      schemaDigest: "d",
      tables: [
        {
          name: hostile,
          rows: 3,
          rowids: null,
          columns: [
            {
              name: hostile,
              nulls: 2,
              integers: null,
              reals: null,
              blobs: null,
              samples: [],
              texts: { count: 1 } as never,
            },
          ],
        },
      ],
    },
    plan,
    load: { durationMs: 400, bytes: 100, tables: [{ source: hostile, target: hostile, ...counts }] },
    finish: {
      statements: 1,
      durationMs: 1,
      sequences: [],
      notValid: [{ name: hostile, reason: hostile }],
      refused: [],
    },
    verify: {
      tables: [{ source: hostile, target: hostile, rows: 3, values: 3, quarantined: 1, digest: "-5", equal: false }],
      rows: 3,
      values: 3,
      differences: [
        {
          kind: "value",
          table: hostile,
          key: hostile,
          column: hostile,
          source: hostile,
          target: hostile,
          text: hostile,
        },
      ],
      differenceCount: 1,
      checks: [{ name: "values", passed: false, detail: hostile }],
      durationMs: 5,
      server: "PostgreSQL 15.1",
      equal: false,
    },
  };
}
