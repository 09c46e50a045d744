import { real, refuse, type Translator, type Typed } from "./typed.ts";

/**
 * Functions that a GeoPackage's own triggers call to keep its R-trees, and that every program that writes GeoPackages brings
 * along: https://www.geopackage.org/spec/#extension_rtree. NULL for what is no geometry.
 */
export const geopackage: Record<string, (t: Translator, args: Typed[]) => Typed> = {
  st_isempty: (t, args) => ({ sql: `(cardinality(${bounds(t, args)}) = 0)`, kind: "boolean" }),
  st_minx: (t, args) => real(`(${bounds(t, args)})[1]`),
  st_maxx: (t, args) => real(`(${bounds(t, args)})[2]`),
  st_miny: (t, args) => real(`(${bounds(t, args)})[3]`),
  st_maxy: (t, args) => real(`(${bounds(t, args)})[4]`),
};

function bounds(t: Translator, [geometry, more]: Typed[]): string {
  if (!geometry || more) return refuse("a GeoPackage's function with another number of arguments");
  if (geometry.kind === "null") return "NULL::double precision[]";
  if (geometry.kind !== "bytes") return refuse(`the bounds of a ${geometry.kind}`);
  return `${t.helper("geopackage_bounds")}(${geometry.sql})`;
}
