import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";

/** Writes a file so that whoever reads it finds the old text or the new one, never a part. @param mode 0600 unless given */
export function writeWhole(file: string, text: string, mode = 0o600): void {
  const beside = `${file}.${process.pid}.new`;
  const descriptor = openSync(beside, "w", mode);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(beside, file);
}
