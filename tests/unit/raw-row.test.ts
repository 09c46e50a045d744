import assert from "node:assert/strict";
import { test } from "node:test";
import { rawValue } from "../../scripts/lib/migrate/load/quarantine.ts";
import type { SourceValue } from "../../scripts/lib/migrate/verify/canonical/value.ts";
import { rawForm, rawFormOf } from "../../scripts/lib/migrate/verify/values/raw-row.ts";
import { temporaryFolder } from "../support/folder.ts";

const folder = temporaryFolder();
const mb = 1024 * 1024;

test("a value in quarantine has the form that it has in the source, however long it is and wherever it is kept", () => {
  const values: SourceValue[] = [
    ...[null, 1n, -0, 1.5, "", "text", "with\0nul", "é".repeat(600_000), "x".repeat(2 * mb)],
    ...[new Uint8Array([0, 255]), new Uint8Array(2 * mb), new Uint8Array(65 * mb), `${"y".repeat(64 * mb)}z`],
  ];
  const forms = values.map(rawForm);
  assert.equal(new Set(forms).size, forms.length);
  for (const [i, value] of values.entries()) {
    const kept = rawValue(value as Exclude<SourceValue, { replaced: unknown }>, folder);
    assert.equal(rawFormOf(kept, folder), forms[i]);
    assert.ok((forms[i] ?? "").length < 3 * mb);
  }
});

test("a file that is not there, or holds something else, is no value of the source", () => {
  const value = new Uint8Array(65 * mb).fill(7);
  const kept = rawValue(value, folder);
  assert.equal(rawFormOf({ ...kept, file: "quarantine/gone.blob" }, folder), undefined);
  const other = rawValue(new Uint8Array(65 * mb).fill(8), folder);
  assert.notEqual(rawFormOf({ ...kept, file: other.file as string }, folder), rawForm(value));
});
