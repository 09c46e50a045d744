import { quoteQualified } from "../../db/postgres/identifiers.ts";
import type { Plan } from "../model/plan.ts";
import type { HelperName } from "../sql/translate/typed.ts";
import { geopackageFunctions } from "./geopackage.ts";

/** What follows `CREATE OR REPLACE FUNCTION name`; `%self%` is that name. */
const helpers: Record<Exclude<HelperName, "geopackage_bounds">, string> = {
  /**
   * SQLite rounds the exact value of a float, half away from zero: 2.675 is a little less than it looks, and becomes 2.67.
   * PostgreSQL's cast to numeric keeps 15 digits and would give 2.68. Here the value is taken apart into three times 26 bits,
   * each of them exact as a decimal.
   */
  sqlite_round: `(value double precision, digits integer)
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
$$`,
  /** Characters from a place on, counted from the end where it is negative; a negative length takes those before it. */
  sqlite_substr: `(value text, place bigint, count bigint)
RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  size bigint := length(value);
BEGIN
  IF place < 0 THEN
    place := place + size;
    IF place < 0 THEN
      count := CASE WHEN count < 0 THEN 0 ELSE greatest(count + place, 0) END;
      place := 0;
    END IF;
  ELSIF place > 0 THEN
    place := place - 1;
  ELSIF count > 0 THEN
    count := count - 1;
  END IF;
  IF count < 0 THEN
    count := CASE WHEN count < -place THEN place ELSE -count END;
    place := place - count;
  END IF;
  RETURN substr(value, least(place, size)::int + 1, least(count, size)::int);
END
$$`,
  /** PostgreSQL before 16 has no test for JSON. */
  sqlite_json_valid: `(value text)
RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN value::json IS NOT NULL;
EXCEPTION WHEN invalid_text_representation THEN
  RETURN false;
END
$$`,
  /** RFC 7396: objects are merged to their depth, null takes a key away, and anything else takes the place of what was there. */
  sqlite_json_patch: `(target jsonb, patch jsonb)
RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  name text;
  value jsonb;
BEGIN
  IF jsonb_typeof(patch) <> 'object' THEN
    RETURN patch;
  END IF;
  IF jsonb_typeof(target) <> 'object' THEN
    target := '{}';
  END IF;
  FOR name, value IN SELECT * FROM jsonb_each(patch) LOOP
    IF value = 'null' THEN
      target := target - name;
    ELSE
      target := target || jsonb_build_object(name, %self%(COALESCE(target -> name, 'null'), value));
    END IF;
  END LOOP;
  RETURN target;
END
$$`,
};

/** 2 to the power of -n as an exact decimal. */
function power(n: number): string {
  return `0.${(5n ** BigInt(n)).toString().padStart(n, "0")}`;
}

/** Functions that the plan's SQL calls and PostgreSQL does not have; they stay in the target's schema. */
export function helperFunctions(plan: Plan): string[] {
  const sql = [
    ...plan.objects.flatMap((object) => object.sql),
    ...plan.tables.flatMap(({ columns, constraints }) => [
      ...constraints.map((constraint) => constraint.sql),
      ...columns.flatMap((column) => [column.default ?? "", column.generated ?? ""]),
    ]),
  ];
  const used = (name: string) => sql.some((statement) => statement.includes(quoteQualified(plan.schema, name)));
  return [
    ...Object.entries(helpers)
      .filter(([name]) => used(name))
      .map(([name, rest]) => {
        const own = quoteQualified(plan.schema, name);
        return `CREATE OR REPLACE FUNCTION ${own}${rest.replaceAll("%self%", () => own)}`;
      }),
    ...(used("geopackage_bounds") ? geopackageFunctions(plan.schema) : []),
  ];
}
