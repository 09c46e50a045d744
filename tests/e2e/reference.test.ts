import assert from "node:assert/strict";
import { test } from "node:test";
import { Checkout } from "../support/checkout.ts";

test("the reference says what the code says", async () => {
  const checkout = new Checkout();
  try {
    const result = await checkout.verb("docs", "--dry-run");
    assert.equal(result.code, 0, `${result.stdout}${result.stderr}`);
  } finally {
    checkout.remove();
  }
});
