import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { createReporter } from "../../scripts/lib/cli/reporter.ts";

test("of two bars at once the second one waits for its turn, and lines are written where no bar is", () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 120 });
  const reporter = createReporter(terminal as unknown as NodeJS.WriteStream);
  /** What has been written since the last look. */
  const written = () => (terminal.read() ?? "").toString();
  const first = reporter.progress("building", 4, "indexes");
  const second = reporter.progress("comparing", 2, "tables");
  second.update(1);
  assert.match(written(), /building 0\/4 indexes/);
  first.done();
  const turn = written();
  assert.doesNotMatch(turn, /building/);
  assert.match(turn, /comparing 1\/2 tables/);
  reporter.step(7, 9, "Comparing");
  const line = written();
  // The bar is taken away, the line stands alone, and the bar comes back below it.
  assert.match(line, /\[2K\[7\/9\] Comparing\n/);
  assert.match(stripVTControlCharacters(line), /^\[7\/9\] Comparing\n.*comparing 1\/2 tables/s);
  second.done();
  assert.doesNotMatch(stripVTControlCharacters(written()), /\S/);
});
