import { quoteQualified } from "../../db/postgres/identifiers.ts";

/** An unsigned integer of 32 bits. */
const integerAt = (name: string): string => `CREATE OR REPLACE FUNCTION ${name}(bytes bytea, place int, little boolean)
RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT sum(get_byte(bytes, place + i)::bigint << (8 * CASE WHEN little THEN i ELSE 3 - i END))::bigint
  FROM generate_series(0, 3) AS i
$$`;

/** A float of 64 bits, bit for bit: PostgreSQL has no cast for that. */
const floatAt = (name: string): string => `CREATE OR REPLACE FUNCTION ${name}(bytes bytea, place int, little boolean)
RETURNS double precision LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  bits bigint := 0;
  exponent int;
  number double precision;
BEGIN
  FOR i IN 0..7 LOOP
    bits := (bits << 8) | get_byte(bytes, place + CASE WHEN little THEN 7 - i ELSE i END);
  END LOOP;
  exponent := ((bits >> 52) & 2047)::int;
  number := (bits & 4503599627370495)::double precision;
  IF exponent = 2047 THEN
    number := CASE WHEN number = 0 THEN 'Infinity' ELSE 'NaN' END::double precision;
  ELSIF exponent = 0 THEN
    number := number * power(2::double precision, -1074);
  ELSE
    number := (number + 4503599627370496) * power(2::double precision, exponent - 1075);
  END IF;
  RETURN CASE WHEN bits < 0 THEN -number ELSE number END;
END
$$`;

/**
 * The bounds of a geometry as GeoPackage keeps it: {min x, max x, min y, max y}; {} where it is empty, NULL where the bytes
 * are none. They stand in its header, or else its points are read: https://www.geopackage.org/spec/#gpb_format.
 */
const bounds = (
  name: string,
  integer: string,
  float: string,
): string => `CREATE OR REPLACE FUNCTION ${name}(geometry bytea)
RETURNS double precision[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  flags int;
  little boolean;
  place int := 8;
  pending bigint := 1;
  kind bigint;
  size int;
  lists bigint;
  points bigint;
  x double precision;
  y double precision;
  found double precision[] := '{}';
BEGIN
  IF length(geometry) < 8 OR substr(geometry, 1, 2) <> '\\x4750' THEN RETURN NULL; END IF;
  flags := get_byte(geometry, 3);
  IF flags & 16 <> 0 THEN RETURN found; END IF;
  IF flags & 14 > 8 THEN RETURN NULL; END IF;
  IF flags & 14 > 0 THEN
    little := flags & 1 = 1;
    FOR i IN 0..3 LOOP found := found || ${float}(geometry, 8 + 8 * i, little); END LOOP;
    RETURN CASE WHEN found[1] = 'NaN' THEN '{}' ELSE found END;
  END IF;
  WHILE pending > 0 LOOP
    pending := pending - 1;
    little := get_byte(geometry, place) = 1;
    kind := ${integer}(geometry, place + 1, little);
    size := 8 * (ARRAY[2, 3, 3, 4])[kind / 1000 + 1];
    place := place + 5;
    IF size IS NULL OR kind % 1000 NOT IN (1, 2, 3, 4, 5, 6, 7, 15, 16, 17) THEN
      RAISE EXCEPTION 'a geometry of type % without an envelope', kind USING ERRCODE = 'feature_not_supported';
    END IF;
    lists := 1;
    IF kind % 1000 NOT IN (1, 2) THEN
      lists := ${integer}(geometry, place, little);
      place := place + 4;
      IF kind % 1000 NOT IN (3, 17) THEN
        -- Geometries within this one follow it, each with a head of its own.
        pending := pending + lists;
        CONTINUE;
      END IF;
    END IF;
    FOR list IN 1..lists LOOP
      points := 1;
      IF kind % 1000 <> 1 THEN
        points := ${integer}(geometry, place, little);
        place := place + 4;
      END IF;
      FOR point IN 1..points LOOP
        x := ${float}(geometry, place, little);
        y := ${float}(geometry, place + 8, little);
        place := place + size;
        CONTINUE WHEN x = 'NaN' OR y = 'NaN';
        found := ARRAY[LEAST(found[1], x), GREATEST(found[2], x), LEAST(found[3], y), GREATEST(found[4], y)];
      END LOOP;
    END LOOP;
  END LOOP;
  RETURN found;
EXCEPTION WHEN array_subscript_error THEN
  RETURN NULL;
END
$$`;

/** The functions behind ST_MinX() and its like, in the order of making. */
export function geopackageFunctions(schema: string): string[] {
  const name = (part: string) => quoteQualified(schema, `geopackage_${part}`);
  return [integerAt(name("integer")), floatAt(name("float")), bounds(name("bounds"), name("integer"), name("float"))];
}
