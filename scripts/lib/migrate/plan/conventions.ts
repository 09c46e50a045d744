import type { SourceCatalog } from "../model/source.ts";
import { fold } from "../sql/parse.ts";

/** Whose conventions a file follows: they say what a declared type means where SQLite itself does not care. */
export type Framework = "prisma" | "django" | "rails" | "sqlalchemy" | null;

/** The tables in which each keeps its migrations. */
const marks: [table: string, framework: NonNullable<Framework>][] = [
  ["_prisma_migrations", "prisma"],
  ["django_migrations", "django"],
  ["ar_internal_metadata", "rails"],
  ["schema_migrations", "rails"],
  ["alembic_version", "sqlalchemy"],
];

export function recognize(catalog: SourceCatalog): Framework {
  const names = new Set(catalog.tables.map(({ name }) => fold(name)));
  return marks.find(([table]) => names.has(table))?.[1] ?? null;
}

/** Whether a file is a GeoPackage with features: every one has this table. */
export function isGeopackage(catalog: SourceCatalog): boolean {
  return catalog.tables.some(({ name }) => fold(name) === "gpkg_geometry_columns");
}

export const frameworkNames: Record<NonNullable<Framework>, string> = {
  prisma: "Prisma",
  django: "Django",
  rails: "Rails",
  sqlalchemy: "SQLAlchemy",
};

/**
 * How the framework itself declares a moment in PostgreSQL. Django's is aware of zones; Prisma keeps milliseconds; Rails and
 * SQLAlchemy keep UTC in a type without a zone.
 */
export const momentTypes: Record<NonNullable<Framework>, { type: string; as: "instant" | "local" }> = {
  prisma: { type: "timestamp(3)", as: "local" },
  django: { type: "timestamptz", as: "instant" },
  rails: { type: "timestamp(6)", as: "local" },
  sqlalchemy: { type: "timestamp", as: "local" },
};
