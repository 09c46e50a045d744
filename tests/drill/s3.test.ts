import assert from "node:assert/strict";
import { chownSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { unprivilegedAccount } from "../../machine/account.ts";
import { issueAuthority, issueServer } from "../../machine/certificates.ts";
import { run } from "../../machine/run.ts";
import { backup } from "../../scripts/lib/backup/backup.ts";
import { listBackups } from "../../scripts/lib/backup/pgbackrest.ts";
import { archiveNow } from "../../scripts/lib/backup/wal.ts";
import { silentReporter } from "../../scripts/lib/cli/reporter.ts";
import { withConnection } from "../../scripts/lib/db/postgres/connection.ts";
import { hasFailed } from "../../scripts/lib/drill/assertions.ts";
import { drill } from "../../scripts/lib/drill/drill.ts";
import { databaseTarget } from "../../scripts/lib/stack/targets.ts";
import { temporaryFolder } from "../support/folder.ts";
import { installMoto, type Moto, startMoto } from "../support/moto.ts";
import { sampleData } from "../support/sample.ts";
import { noStack, startStack, type TestStack } from "../support/stack.ts";
import { startTlsProxy } from "../support/tls-proxy.ts";

// moto answers for an S3-compatible store of one's own: TLS by a private authority, the bucket in the path. About 40 s.
const python = noStack ? noStack : await installMoto();
const skip = typeof python === "string" ? python : false;
if (skip) console.log(`S3 repository: skipped, ${skip}`);
const root = join(import.meta.dirname, "..", "..");
let moto: Moto;
let proxy: Awaited<ReturnType<typeof startTlsProxy>>;
let stack: TestStack;

before(async () => {
  if (typeof python === "string") return;
  const account = unprivilegedAccount();
  const folder = temporaryFolder(account);
  const authority = await issueAuthority("store");
  const issued = await issueServer(authority, ["localhost"]);
  const ca_file = join(folder, "ca.crt");
  writeFileSync(ca_file, authority.certificate, { mode: 0o644 });
  if (account) chownSync(ca_file, account.uid, account.gid);
  moto = await startMoto(python);
  proxy = await startTlsProxy(issued, Number(new URL(moto.endpoint).port));
  const authorization =
    "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x";
  const made = await fetch(`${moto.endpoint}/backups`, { method: "PUT", headers: { authorization } });
  assert.equal(made.status, 200);
  // By name: pgBackRest finds no address in a certificate.
  const host = `localhost:${proxy.port}`;
  const s3 = { bucket: "backups", endpoint: host, region: "us-east-1", uri_style: "path", ca_file };
  stack = await startStack({
    settings: {
      "landfall:backups": JSON.stringify({ second: { s3: { ...s3, key: "testing", key_secret: "for moto only" } } }),
    },
  });
  await sampleData(stack, 300);
});
after(async () => {
  await stack?.stop();
  await moto?.stop();
  await proxy?.stop();
});

test("full, differential and incremental backups go to the store, WAL too, and are read back", { skip }, async () => {
  for (const type of ["full", "diff", "incr"] as const) {
    const { backups, verified } = await backup(stack.outputs, type, type === "incr", silentReporter);
    assert.deepEqual(
      backups.map((made) => [made.repository, made.type]),
      [
        [1, type],
        [2, type],
      ],
    );
    if (type === "incr")
      assert.deepEqual(
        [true, true],
        verified.map(({ sound }) => sound),
      );
  }
  assert.equal(stack.outputs.backup.repositories[1], "s3://backups/landfall");
});

test("a drill from the store passes each assertion", { skip }, async () => {
  const result = await drill(stack.outputs, { to: "latest", repository: 2 }, silentReporter);
  assert.deepEqual(result.assertions.filter(hasFailed), []);
  const labels = (await listBackups(stack.outputs.backup, 2)).map(({ label }) => label);
  assert.ok(labels.includes(result.backup ?? ""), "the backup is the store's");
});

test("with the first repository lost, the database comes back from the store", { skip }, async () => {
  await stack.sql("INSERT INTO customer (name) VALUES ('ARCHIVED')");
  await withConnection(databaseTarget(stack.outputs, "migrator"), archiveNow);
  const [first = ""] = stack.outputs.backup.repositories;
  for (const name of ["backup", "archive"]) rmSync(join(first, name), { recursive: true });
  const restored = await run(process.execPath, [join(root, "scripts", "restore.mjs"), "--beside", "--json"], {
    cwd: root,
    env: { ...process.env, LANDFALL_OUTPUTS: stack.outputsFile },
  });
  assert.equal(restored.code, 0, restored.stderr);
  const { id, port, socket } = JSON.parse(restored.stdout);
  const ask = ["-XAtq", "-h", socket, "-p", String(port), "-U", "postgres", "-d", "app"];
  const psql = join(stack.outputs.backup.run.serverBin, "psql");
  const { stdout } = await run(psql, [...ask, "-c", "SELECT count(*) FROM customer WHERE name = 'ARCHIVED'"]);
  assert.equal(stdout, "1\n");
  const gone = await run(process.execPath, [join(root, "scripts", "restore.mjs"), "--remove-copy", id], {
    cwd: root,
    env: { ...process.env, LANDFALL_OUTPUTS: stack.outputsFile },
  });
  assert.equal(gone.code, 0, gone.stderr);
});
