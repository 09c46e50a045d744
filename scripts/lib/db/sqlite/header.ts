/** What the first 100 bytes of a SQLite file say (https://sqlite.org/fileformat2.html#the_database_header). */
export interface Header {
  pageSize: number;
  /** The file is in WAL mode: recent rows may stand in FILE-wal only. */
  wal: boolean;
  /** Pages that the file must have; null where the header's count is not to be trusted. */
  pages: number | null;
  /** Why no SQLite of today reads the file, though it begins as one; null where it may. */
  unknown: string | null;
}

/** The newest formats that there are: https://sqlite.org/fileformat2.html, 1.3.3 and 1.3.10. */
const newest = { read: 2, schema: 4 };

/** Reads the header of a SQLite file; null where it is not one. @param head at least the first 100 bytes */
export function readHeader(head: Buffer): Header | null {
  if (head.length < 100 || head.toString("latin1", 0, 16) !== "SQLite format 3\0") return null;
  const stored = head.readUInt16BE(16);
  const pageSize = stored === 1 ? 65536 : stored;
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) return null;
  // Programs before SQLite 3.7 left the count as it was: it holds only where both change counters agree.
  const trusted = head.readUInt32BE(24) === head.readUInt32BE(92);
  const pages = head.readUInt32BE(28);
  return { pageSize, wal: head[19] === 2, pages: trusted && pages > 0 ? pages : null, unknown: unknownFormat(head) };
}

function unknownFormat(head: Buffer): string | null {
  const [read, schema] = [head[19] ?? 0, head.readUInt32BE(44)];
  if (read > newest.read) return `its file format is version ${read}, and ${newest.read} is the newest that is known`;
  // SQLCipher can leave the first bytes readable and encrypt the rest of the header.
  if (schema > 255)
    return "it is encrypted behind a readable beginning (SQLCipher or the like), or its header is damaged";
  return schema > newest.schema
    ? `its schema format is version ${schema}, and ${newest.schema} is the newest that is known`
    : null;
}

/** Starts of files that people take for a database, in latin1. */
const known: [start: string, what: string, hint: string][] = [
  ["7\x7f\x06\x82", "the write-ahead log of a SQLite database", "name the database itself, without -wal"],
  ["7\x7f\x06\x83", "the write-ahead log of a SQLite database", "name the database itself, without -wal"],
  ["\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", "the rollback journal of a SQLite database", "name the database itself"],
  ["** This file contains an SQLite 2", "a SQLite 2 database", "convert it: sqlite OLD .dump | sqlite3 NEW"],
  ["\x1f\x8b", "compressed by gzip", "unpack it with gunzip first"],
  ["BZh", "compressed by bzip2", "unpack it with bunzip2 first"],
  ["\xfd7zXZ\0", "compressed by xz", "unpack it with unxz first"],
  ["\x28\xb5\x2f\xfd", "compressed by zstd", "unpack it with unzstd first"],
  ["PK\x03\x04", "a zip archive", "unpack it first"],
  ["PGDMP", "a dump of PostgreSQL", "restore it with pg_restore"],
  ["version https://git-lfs", "a Git LFS pointer, not the file itself", "fetch the file with git lfs pull"],
];

/** Says what a file is that is no SQLite database, and what to do, judged by its first bytes. */
export function nameOther(head: Buffer, size: number): { what: string; hint: string } {
  const start = head.toString("latin1");
  const match = known.find(([text]) => start.startsWith(text));
  if (match) return { what: match[1], hint: match[2] };
  if (/^\s*(--|PRAGMA\b|BEGIN\b|CREATE\b|INSERT\b)/i.test(start))
    return { what: "text, by its looks an SQL dump", hint: "make a database of it: sqlite3 NEW.sqlite < DUMP.sql" };
  if (head.length >= 512 && size % 512 === 0 && looksRandom(head))
    return {
      what: "encrypted (SQLCipher or the like), or not a database at all",
      hint: "decrypt it first, for SQLCipher with sqlcipher_export into a plain file",
    };
  return { what: "not a SQLite database", hint: "name the application's SQLite file" };
}

/** Encrypted bytes are spread evenly: more than 7 bits of entropy in a few kB, which no plain page reaches. */
function looksRandom(bytes: Buffer): boolean {
  const counts = new Array<number>(256).fill(0);
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1;
  const entropy = counts
    .filter((times) => times > 0)
    .reduce((sum, times) => sum - (times / bytes.length) * Math.log2(times / bytes.length), 0);
  return entropy > 7;
}
