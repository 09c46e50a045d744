import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import type { PropertyMap } from "../values.ts";
import { ask, type Daemon } from "./daemon.ts";
import { flagOf, objectsOf, textOf } from "./inputs.ts";

/** Writes `uploads` into a container that is not running yet. */
export async function uploadFiles(daemon: Daemon, id: string, inputs: PropertyMap): Promise<void> {
  const uploads = objectsOf(inputs.uploads);
  if (uploads.length === 0) return;
  const archive = pack();
  for (const upload of uploads)
    archive.entry({ name: String(upload.file), mode: modeOf(upload) }, await contentOf(upload));
  archive.finalize();
  const packed = await buffer(archive);
  const files = uploads.map(({ file }) => file).join(", ");
  await ask(
    `write ${files} into the container ${inputs.name}`,
    daemon.getContainer(id).putArchive(packed, { path: "/" }),
  );
}

function modeOf(upload: PropertyMap): number {
  const permissions = textOf(upload.permissions);
  if (permissions) return Number.parseInt(permissions, 8);
  return flagOf(upload.executable) ? 0o744 : 0o644;
}

async function contentOf(upload: PropertyMap): Promise<Buffer> {
  const given = ["content", "contentBase64", "source"].filter((name) => textOf(upload[name]));
  if (given.length !== 1)
    throw new Error(`the upload ${upload.file} needs one of content, contentBase64 and source\nTry: give exactly one`);
  if (upload.content) return Buffer.from(String(upload.content));
  if (upload.contentBase64) return Buffer.from(String(upload.contentBase64), "base64");
  return readFile(String(upload.source));
}
