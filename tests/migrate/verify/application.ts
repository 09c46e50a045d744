import { DatabaseSync } from "node:sqlite";
import { withConnection } from "../../../scripts/lib/db/postgres/connection.ts";
import type { Target } from "../../../scripts/lib/db/postgres/target.ts";
import type { ColumnPlan, Conversion, ObjectPlan, Plan, TablePlan } from "../../../scripts/lib/migrate/model/plan.ts";
import { fillTarget, planOf, testTables, writeSource } from "./fixture.ts";

/** Rows of each table of values. */
const rows = 60;

/** Shops with orders: what a schema can have beside columns. Orders 1 and 2 belong to no shop, which `loose` tolerates. */
const sourceSql = `
  PRAGMA foreign_keys = OFF;
  CREATE TABLE shop (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL DEFAULT 'it''s', city TEXT UNIQUE,
    amount DECIMAL(10,2) DEFAULT 0 CHECK (amount >= 0), twice INTEGER GENERATED ALWAYS AS (id * 2) STORED);
  CREATE TABLE "order" (id INTEGER PRIMARY KEY, shop INTEGER REFERENCES shop (id) ON DELETE CASCADE, loose INTEGER REFERENCES shop (id), note TEXT);
  CREATE INDEX order_shop ON "order" (shop);
  CREATE VIEW totals AS SELECT s.name AS name, count(*) AS orders, avg(o.id) AS middle FROM shop s JOIN "order" o ON o.shop = s.id GROUP BY s.id, s.name;
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
  INSERT INTO shop (id, name, city, amount) SELECT i, 'Shop ' || i, 'City ' || i, i * 1.25 FROM n;
  DELETE FROM shop WHERE id = 40;
  INSERT INTO "order" SELECT id, id, CASE WHEN id < 3 THEN 900 + id ELSE id END, 'Order ' || id FROM shop;
  INSERT INTO "order" VALUES (50, NULL, NULL, 'cut' || char(0) || 'off');
`;

const targetRows = `
  INSERT INTO shop (id, name, city, amount) SELECT i, 'Shop ' || i, 'City ' || i, i * 1.25 FROM generate_series(1, 39) AS i;
  INSERT INTO "order" SELECT i, i, CASE WHEN i < 3 THEN 900 + i ELSE i END, 'Order ' || i FROM generate_series(1, 39) AS i;
  CREATE SCHEMA landfall;
  CREATE TABLE landfall.quarantine (run_id text, source_table text, chunk integer, number integer, key json,
    source_column text, storage_class text, reason text, "row" json);
  INSERT INTO landfall.quarantine VALUES ('test', 'order', 0, 0, '{"id":{"class":"integer","value":"50","hex":null}}', 'note',
    'text', 'a NUL byte', '{"id":{"class":"integer","value":"50","hex":null},"shop":{"class":"null","value":null,"hex":null},
    "loose":{"class":"null","value":null,"hex":null},"note":{"class":"text","value":null,"hex":"637574006f6666"}}');
`;

const column = (name: string, type: string, as: Conversion["as"], more: Partial<ColumnPlan> = {}): ColumnPlan => ({
  source: name,
  target: name,
  type,
  convert: { as },
  notNull: false,
  default: null,
  generated: null,
  identity: false,
  collation: null,
  reason: "",
  ...more,
});

const shop: TablePlan = {
  source: "shop",
  target: "shop",
  comment: "where things are sold",
  columns: [
    column("id", "bigint", "integer", { notNull: true, identity: true }),
    column("name", "text", "text", { notNull: true, default: "'it''s'", collation: '"C"' }),
    column("city", "text", "text"),
    column("amount", "numeric(10,2)", "decimal", { default: "0" }),
    column("twice", "bigint", "integer", { generated: "id * 2" }),
  ],
  constraints: [
    { name: "shop_pkey", kind: "primary", sql: 'PRIMARY KEY ("id")', validate: true, account: "" },
    { name: "shop_city_key", kind: "unique", sql: 'UNIQUE ("city")', validate: true, account: "" },
    { name: "shop_amount_check", kind: "check", sql: "CHECK (amount >= 0)", validate: true, account: "" },
  ],
};

const reference = 'REFERENCES "public"."shop" ("id")';
const order: TablePlan = {
  source: "order",
  target: "order",
  comment: null,
  columns: [
    column("id", "bigint", "integer", { notNull: true, identity: true }),
    column("shop", "bigint", "integer"),
    column("loose", "bigint", "integer"),
    column("note", "text", "text"),
  ],
  constraints: [
    { name: "order_pkey", kind: "primary", sql: 'PRIMARY KEY ("id")', validate: true, account: "" },
    {
      name: "order_shop_fkey",
      kind: "foreign",
      sql: `FOREIGN KEY ("shop") ${reference} ON DELETE CASCADE`,
      validate: true,
      account: "",
    },
    {
      name: "order_loose_fkey",
      kind: "foreign",
      sql: `FOREIGN KEY ("loose") ${reference}`,
      validate: false,
      account: "",
    },
  ],
};

const objects: ObjectPlan[] = [
  {
    kind: "index",
    name: "order_shop",
    sql: ['CREATE INDEX "order_shop" ON "public"."order" ("shop")'],
    account: "index order_shop",
  },
  {
    kind: "index",
    name: "shop_city",
    sql: [`CREATE INDEX "shop_city" ON "public"."shop" (lower("city") DESC) WHERE amount > 5`],
    account: "index shop_city",
  },
  {
    kind: "view",
    name: "totals",
    sql: [
      'CREATE VIEW "public"."totals" AS SELECT s.name, count(*) AS orders, avg(o.id)::float8 AS middle FROM "public"."shop" s JOIN "public"."order" o ON o.shop = s.id GROUP BY s.id, s.name',
    ],
    account: "view totals",
    columns: [
      { source: "name", target: "name", convert: { as: "text" }, approximate: false },
      { source: "orders", target: "orders", convert: null, approximate: false },
      { source: "middle", target: "middle", convert: null, approximate: true },
    ],
  },
  {
    kind: "trigger",
    name: "order_note",
    sql: [
      'CREATE FUNCTION "public"."order_note"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := coalesce(NEW.note, \'none\'); RETURN NEW; END $$',
      'CREATE TRIGGER "order_note" BEFORE UPDATE OF "shop" ON "public"."order" FOR EACH ROW WHEN (NEW.note IS NULL) EXECUTE FUNCTION "public"."order_note"()',
    ],
    account: "trigger order_note",
  },
];

/** Everything that the mutations change: tables of every type, and an application with all that a schema can have. */
export const applicationPlan: Plan = (() => {
  const plan = planOf(testTables(rows));
  return { ...plan, tables: [...plan.tables, shop, order], objects };
})();

export function writeApplication(file: string): void {
  writeSource(file, testTables(rows));
  const database = new DatabaseSync(file);
  database.exec(sourceSql);
  database.close();
}

export async function fillApplication(target: Target): Promise<void> {
  await fillTarget(target, applicationPlan, testTables(rows), targetRows);
  await withConnection(target, (connection) =>
    connection.query(`
      ALTER TABLE shop VALIDATE CONSTRAINT shop_amount_check;
      ALTER TABLE "order" VALIDATE CONSTRAINT order_shop_fkey;
      SELECT setval('shop_id_seq', 40), setval('order_id_seq', 50)`),
  );
}
