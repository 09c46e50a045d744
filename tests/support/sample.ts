import type { TestStack } from "./stack.ts";

/** Tables of a small shop, with rows, a sequence, a foreign key, a view, a trigger, grants as the stack gives them. */
export async function sampleData(stack: TestStack, rows: number): Promise<void> {
  await stack.sql(`
    CREATE TABLE customer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, note text);
    CREATE TABLE purchase (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      customer_id bigint NOT NULL REFERENCES customer,
      amount numeric(12, 2) NOT NULL CHECK (amount >= 0),
      at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX purchase_at ON purchase (at);
    CREATE VIEW spent AS SELECT customer_id, sum(amount) AS amount FROM purchase GROUP BY 1;
    CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := upper(NEW.name); RETURN NEW; END $$;
    CREATE TRIGGER shout BEFORE INSERT ON customer FOR EACH ROW EXECUTE FUNCTION shout();
    CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
    INSERT INTO customer (name, note) SELECT 'customer ' || i, md5(i::text) || repeat('x', 200) FROM generate_series(1, ${rows}) i;
    INSERT INTO purchase (customer_id, amount) SELECT i, i % 1000 FROM generate_series(1, ${rows}) i`);
}
