import { quoteQualified } from "../../db/postgres/identifiers.ts";
import type { Plan } from "../model/plan.ts";
import { geopackageFunctions } from "./geopackage.ts";

/**
 * SQLite rounds the exact value of a float, half away from zero: 2.675 is a little less than it looks, and becomes 2.67.
 * PostgreSQL's cast to numeric keeps 15 digits and would give 2.68. Here the value is taken apart into three times 26 bits,
 * each of them exact as a decimal.
 */
const sqliteRound = (
  name: string,
): string => `CREATE OR REPLACE FUNCTION ${name}(value double precision, digits integer)
RETURNS numeric LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE
    WHEN abs(value) >= 4503599627370496 THEN round(value::text::numeric, digits)
    ELSE round(
      trunc(value)::bigint::numeric
      + trunc(part * 67108864)::numeric * 0.00000001490116119384765625
      + trunc((part * 67108864 - trunc(part * 67108864)) * 67108864)::numeric * ${power(52)}
      + (((part * 67108864 - trunc(part * 67108864)) * 67108864
        - trunc((part * 67108864 - trunc(part * 67108864)) * 67108864)) * 67108864)::numeric * ${power(78)},
      digits)
  END
  FROM (SELECT value - trunc(value) AS part) AS parts
$$`;

/** 2 to the power of -n as an exact decimal. */
function power(n: number): string {
  return `0.${(5n ** BigInt(n)).toString().padStart(n, "0")}`;
}

/** Functions that the plan's SQL calls and PostgreSQL does not have; they stay in the target's schema. */
export function helperFunctions(plan: Plan): string[] {
  const used = (name: string): boolean => {
    const called = quoteQualified(plan.schema, name);
    const calls = (sql: string | null): boolean => sql?.includes(called) ?? false;
    return (
      plan.objects.some(({ sql }) => sql.some(calls)) ||
      plan.tables.some(
        ({ columns, constraints }) =>
          constraints.some(({ sql }) => calls(sql)) ||
          columns.some((column) => calls(column.default) || calls(column.generated)),
      )
    );
  };
  return [
    ...(used("sqlite_round") ? [sqliteRound(quoteQualified(plan.schema, "sqlite_round"))] : []),
    ...(used("geopackage_bounds") ? geopackageFunctions(plan.schema) : []),
  ];
}
