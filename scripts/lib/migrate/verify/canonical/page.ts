import type { Conversion } from "../../model/plan.ts";
import { canonicalForms } from "./forms.ts";
import { parseType } from "./value.ts";

/** A type of each conversion, to show its SQL. */
const examples: Record<Conversion["as"], string> = {
  integer: "bigint",
  real: "double precision",
  decimal: "numeric",
  boolean: "boolean",
  text: "text",
  bytes: "bytea",
  json: "jsonb",
  uuid: "uuid",
  instant: "timestamptz",
  local: "timestamp",
  date: "date",
  time: "time",
};

const intro = `Verification compares values by a canonical form: a text that both sides make of a value, on the SQLite side in JavaScript
from what SQLite stores, in PostgreSQL by the SQL below. Equal values give the same bytes, and different ones different bytes.
A value that its column's conversion does not take exactly has no form: its row has to be in quarantine.

A row is one 64-bit hash: PostgreSQL's \`hashtextextended\`, column after column, where the hash so far is the seed of the next
one (0 for the first). Integers of at most 64 bits and booleans need no text: each is mixed into the seed of another column's
hash by exclusive or, one into each, and only those that are left over go by their digits. NULL is the empty text under
another seed, so that NULL, \`''\` and \`'null'\` are three. In tables of more than 64 such steps each 64 are a chain, and the
row is the chain of their hashes as decimal texts. Both sides sum the hashes
of all rows: that sum is the digest of a table. The order of the rows plays no part; a lost, doubled or changed row does. Where
the sums differ, both sides sum again in 65,536 buckets, by the lowest bits of the hash, look at the rows of the buckets that
differ, and name the column.`;

/** The text of docs/reference/canonical-forms.md. @param note says that it is generated */
export function canonicalFormsPage(note: string): string {
  const rows = Object.entries(canonicalForms).map(([name, { form, why, sql }]) => {
    const code = sql("c", parseType(examples[name as Conversion["as"]]));
    return `| ${name} | ${form} | \`${code}\` | ${why} |`;
  });
  const head = ["| conversion | canonical form | in PostgreSQL, for a column `c` | why |", "|---|---|---|---|"];
  return ["# Canonical forms", "", note, "", intro, "", ...head, ...rows, ""].join("\n");
}
