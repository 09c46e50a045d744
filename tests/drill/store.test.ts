import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { LandfallError } from "../../scripts/lib/cli/errors.ts";
import { folderStore } from "../../scripts/lib/store/folder.ts";
import { s3Store } from "../../scripts/lib/store/s3.ts";
import { parseLines, type Store, within } from "../../scripts/lib/store/store.ts";
import { makeBucket } from "../support/bucket.ts";
import { installMoto, type Moto, startMoto } from "../support/moto.ts";

// One suite for both places that records are kept in; moto answers for S3. About 5 s.
const python = await installMoto();
const noMoto = typeof python === "string" ? python : false;
if (noMoto) console.log(`S3: skipped, ${noMoto}`);
const folder = mkdtempSync(join(tmpdir(), "lf-store-"));
const region = "eu-central-1";
Object.assign(process.env, { AWS_ACCESS_KEY_ID: "testing", AWS_SECRET_ACCESS_KEY: "testing" });
let moto: Moto;

before(async () => {
  if (typeof python === "string") return;
  moto = await startMoto(python);
  await makeBucket(moto.endpoint, "records", region);
});
after(async () => {
  rmSync(folder, { recursive: true, force: true });
  await moto?.stop();
});

const inBucket = (prefix: string, bucket = "records") => s3Store({ region, bucket, prefix }, moto.endpoint);
const places: [string, string | false, (name: string) => Store][] = [
  ["a folder", false, (name) => folderStore(join(folder, name))],
  ["a bucket", noMoto, (name) => inBucket(`shop/${name}`)],
];

for (const [place, skip, open] of places) {
  test(`${place}: what was never written is null, what was is read as it was, and replaced as a whole`, {
    skip,
  }, async () => {
    const store = open("whole");
    assert.equal(await store.read("drills/a.json"), null);
    await store.write("drills/a.json", "a longer text, with é and \u{1F600}\n");
    await store.write("drills/a.json", "short é\u{1F600}");
    assert.equal(await store.read("drills/a.json"), "short é\u{1F600}");
    assert.equal(await within(store, "drills").read("a.json"), "short é\u{1F600}");
    assert.equal(await open("another").read("drills/a.json"), null);
  });

  test(`${place}: lines are added, on lines of their own whatever the one before ended like`, { skip }, async () => {
    const store = open("lines");
    await store.append("runs.jsonl", '{"run":1}');
    await store.append("runs.jsonl", '{"run":2}');
    await store.write("runs.jsonl", `${await store.read("runs.jsonl")}{"run":3, torn`);
    await store.append("runs.jsonl", '{"run":4}');
    assert.deepEqual(parseLines(await store.read("runs.jsonl")), [{ run: 1 }, { run: 2 }, { run: 4 }]);
  });

  test(`${place}: of lines that many add at once none is lost`, { skip }, async () => {
    const all = Array.from({ length: 5 }, (_, index) => String(index));
    await Promise.all(all.map((line) => open("many").append("runs.jsonl", line)));
    assert.deepEqual(parseLines<number>(await open("many").read("runs.jsonl")).sort(), [0, 1, 2, 3, 4]);
  });
}

test("a bucket that is not there, or S3 that does not answer, is said in one sentence", { skip: noMoto }, async () => {
  const stack = (error: unknown) => error instanceof LandfallError && error.code === "stack";
  await assert.rejects(
    inBucket("", "nowhere").read("book.json"),
    (error) => stack(error) && /there is no such bucket/.test(String(error)),
  );
  const deaf = s3Store({ region, bucket: "records", prefix: "" }, "http://127.0.0.1:9");
  await assert.rejects(
    deaf.append("runs.jsonl", "1"),
    (error) => stack(error) && /S3 cannot be reached/.test(String(error)),
  );
});
