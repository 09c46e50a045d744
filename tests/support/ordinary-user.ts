/**
 * Runs synchronous work without root's rights, because root may read and write everything.
 * Files that it makes belong to nobody.
 */
export function asOrdinaryUser<T>(work: () => T): T {
  if (process.getuid?.() !== 0) return work();
  process.setegid?.(65534);
  process.seteuid?.(65534);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
}
