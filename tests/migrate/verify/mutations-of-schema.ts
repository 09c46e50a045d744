import type { Difference } from "../../../scripts/lib/migrate/model/results.ts";
import type { Mutation } from "./mutation.ts";

/** A change, and the kind of the difference with a word that its text must have. */
type Change = [name: string, sql: string, kind: Difference["kind"], word: string];

const byOwner: Change[] = [
  ["a sequence is set back", "SELECT setval('shop_id_seq', 39)", "sequence", "gives out 40 next"],
  ["a sequence begins anew", 'ALTER TABLE "order" ALTER id RESTART WITH 1', "sequence", "gives out 1 next"],
  ["an identity is dropped", "ALTER TABLE shop ALTER id DROP IDENTITY", "sequence", "no sequence"],
  ["a primary key is dropped", "ALTER TABLE pair DROP CONSTRAINT pair_pkey", "constraint", "pair_pkey is not there"],
  [
    "a primary key has its columns in another order",
    "ALTER TABLE pair DROP CONSTRAINT pair_pkey; ALTER TABLE pair ADD CONSTRAINT pair_pkey PRIMARY KEY (id, lang)",
    "constraint",
    "pair_pkey is",
  ],
  [
    "a unique constraint is dropped",
    "ALTER TABLE shop DROP CONSTRAINT shop_city_key",
    "constraint",
    "shop_city_key is not there",
  ],
  [
    "a unique constraint becomes deferrable",
    "ALTER TABLE shop DROP CONSTRAINT shop_city_key; ALTER TABLE shop ADD CONSTRAINT shop_city_key UNIQUE (city) DEFERRABLE",
    "constraint",
    "DEFERRABLE",
  ],
  [
    "a check is dropped",
    "ALTER TABLE shop DROP CONSTRAINT shop_amount_check",
    "constraint",
    "shop_amount_check is not there",
  ],
  [
    "a check is weakened",
    "ALTER TABLE shop DROP CONSTRAINT shop_amount_check; ALTER TABLE shop ADD CONSTRAINT shop_amount_check CHECK (amount >= -1)",
    "constraint",
    "-1",
  ],
  [
    "a check is not validated",
    "ALTER TABLE shop DROP CONSTRAINT shop_amount_check; ALTER TABLE shop ADD CONSTRAINT shop_amount_check CHECK (amount >= 0) NOT VALID",
    "constraint",
    "not validated",
  ],
  [
    "a foreign key is dropped",
    'ALTER TABLE "order" DROP CONSTRAINT order_shop_fkey',
    "constraint",
    "order_shop_fkey is not there",
  ],
  [
    "a foreign key that is not valid is dropped",
    'ALTER TABLE "order" DROP CONSTRAINT order_loose_fkey',
    "constraint",
    "order_loose_fkey is not there",
  ],
  [
    "a foreign key loses its action",
    'ALTER TABLE "order" DROP CONSTRAINT order_shop_fkey; ALTER TABLE "order" ADD CONSTRAINT order_shop_fkey FOREIGN KEY (shop) REFERENCES shop (id)',
    "constraint",
    "CASCADE",
  ],
  [
    "a foreign key is not validated",
    'ALTER TABLE "order" DROP CONSTRAINT order_shop_fkey; ALTER TABLE "order" ADD CONSTRAINT order_shop_fkey FOREIGN KEY (shop) REFERENCES shop (id) ON DELETE CASCADE NOT VALID',
    "constraint",
    "not validated",
  ],
  ["an index is dropped", "DROP INDEX order_shop", "schema", "order_shop is not there"],
  [
    "an index is over another column",
    'DROP INDEX order_shop; CREATE INDEX order_shop ON "order" (loose)',
    "schema",
    "order_shop is",
  ],
  [
    "a partial index is over all rows",
    "DROP INDEX shop_city; CREATE INDEX shop_city ON shop (lower(city) DESC)",
    "schema",
    "shop_city is",
  ],
  ["an index is unique", 'DROP INDEX order_shop; CREATE UNIQUE INDEX order_shop ON "order" (shop)', "schema", "UNIQUE"],
  ["NOT NULL is dropped", "ALTER TABLE shop ALTER name DROP NOT NULL", "schema", "the column name"],
  ["NOT NULL is added", 'ALTER TABLE "all types" ALTER big SET NOT NULL', "schema", "the column big"],
  ["a default is dropped", "ALTER TABLE shop ALTER amount DROP DEFAULT", "schema", "the column amount"],
  ["a default is another one", "ALTER TABLE shop ALTER name SET DEFAULT 'its'", "schema", "the column name"],
  ["a type is wider", 'ALTER TABLE "all types" ALTER title TYPE varchar(41)', "schema", "the column title"],
  ["a type has lost its length", 'ALTER TABLE "all types" ALTER title TYPE text', "schema", "the column title"],
  [
    "a numeric has another scale",
    'ALTER TABLE "all types" ALTER price TYPE numeric(12,3)',
    "schema",
    "the column price",
  ],
  ["an integer is wider", 'ALTER TABLE "all types" ALTER small TYPE integer', "schema", "the column small"],
  [
    "a timestamp has another precision",
    'ALTER TABLE "all types" ALTER at TYPE timestamptz(6)',
    "schema",
    "the column at",
  ],
  ["a timestamp has lost its zone", 'ALTER TABLE "all types" ALTER seen TYPE timestamp', "schema", "the column seen"],
  ["jsonb has become json", 'ALTER TABLE "all types" ALTER data TYPE json', "schema", "the column data"],
  ["a collation is another one", 'ALTER TABLE shop ALTER city TYPE text COLLATE "C"', "schema", "the column city"],
  ["a generated column is a plain one", "ALTER TABLE shop ALTER twice DROP EXPRESSION", "schema", "the column twice"],
  [
    "a generated column computes something else",
    "ALTER TABLE shop DROP twice; ALTER TABLE shop ADD twice bigint GENERATED ALWAYS AS (id * 3) STORED",
    "value",
    "shop.twice",
  ],
  ["a column is added", "ALTER TABLE shop ADD extra text", "schema", "the columns are others"],
  [
    "two columns have swapped their names",
    'ALTER TABLE "order" RENAME shop TO x; ALTER TABLE "order" RENAME loose TO shop; ALTER TABLE "order" RENAME x TO loose',
    "schema",
    "the columns are others",
  ],
  ["a comment is another one", "COMMENT ON TABLE shop IS 'nothing'", "schema", "comment"],
  ["a view is dropped", "DROP VIEW totals", "schema", "no such view"],
  [
    "a view leaves rows out",
    'CREATE OR REPLACE VIEW totals AS SELECT s.name, count(*) AS orders, avg(o.id)::float8 AS middle FROM shop s JOIN "order" o ON o.shop = s.id WHERE s.id > 1 GROUP BY s.id, s.name',
    "view",
    "Shop 1",
  ],
  [
    "a view computes something else",
    'CREATE OR REPLACE VIEW totals AS SELECT s.name, count(*) AS orders, avg(o.id)::float8 * 1.0001 AS middle FROM shop s JOIN "order" o ON o.shop = s.id GROUP BY s.id, s.name',
    "view",
    "middle",
  ],
  [
    "a view is defined in another way",
    'CREATE OR REPLACE VIEW totals AS SELECT s.name, count(*) AS orders, avg(o.id)::float8 AS middle FROM shop s JOIN "order" o ON o.shop = s.id WHERE true GROUP BY s.id, s.name',
    "schema",
    "another one",
  ],
  ["a trigger is dropped", 'DROP TRIGGER order_note ON "order"', "schema", "the trigger is not there"],
  ["a trigger is switched off", 'ALTER TABLE "order" DISABLE TRIGGER order_note', "schema", "switched off"],
  [
    "a trigger comes later",
    'DROP TRIGGER order_note ON "order"; CREATE TRIGGER order_note AFTER UPDATE OF shop ON "order" FOR EACH ROW WHEN (NEW.note IS NULL) EXECUTE FUNCTION order_note()',
    "schema",
    "AFTER",
  ],
  [
    "a trigger does something else",
    "CREATE OR REPLACE FUNCTION order_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    "schema",
    "something else",
  ],
  ["a row is gone from the quarantine", "DELETE FROM landfall.quarantine", "row-missing", "id = 50"],
  [
    "a value in the quarantine is another one",
    `UPDATE landfall.quarantine SET "row" = replace("row"::text, '6f6666', '6f6667')::json`,
    "quarantine",
    "no row of the source",
  ],
  [
    "a row in the quarantine is doubled",
    "INSERT INTO landfall.quarantine SELECT * FROM landfall.quarantine",
    "quarantine",
    "no row of the source",
  ],
  [
    "a row in quarantine is in the target, too",
    `INSERT INTO "order" VALUES (50, NULL, NULL, 'cut')`,
    "row-extra",
    "id = 50",
  ],
  [
    "a row in quarantine went to the target, cut short",
    `DELETE FROM landfall.quarantine; INSERT INTO "order" VALUES (50, NULL, NULL, 'cut')`,
    "value",
    "order.note",
  ],
  ["a row that fits is in no place", 'DELETE FROM "order" WHERE id = 7', "row-missing", "id = 7"],
];

const bySuperuser: Change[] = [
  ["a table is gone", "DROP TABLE no_key", "schema", "no table"],
  [
    "an index is not valid",
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'order_shop'::regclass",
    "schema",
    "not valid",
  ],
];

/** One of each change to what is not a value of a table. */
export function schemaMutations(): Mutation[] {
  const mutation = ([name, sql, kind, word]: Change): Mutation => ({
    name,
    sql,
    named: (found) => found.kind === kind && found.text.includes(word),
  });
  return [...byOwner.map(mutation), ...bySuperuser.map((change) => ({ ...mutation(change), asSuperuser: true }))];
}
