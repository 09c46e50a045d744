/** What `encodeText` made last, in UTF-8; valid until it is called again. */
export let encoded: Buffer = Buffer.alloc(0);
export let encodedLength = 0;

const scratch = Buffer.allocUnsafeSlow(64 * 1024);
/** Up to this length a loop is quicker than the call. */
const short = 64;

/** Writes a string as UTF-8: one of SQLite's texts that did not come as bytes. */
export function encodeText(text: string): void {
  const { length } = text;
  encoded = scratch;
  if (length <= short) {
    let at = 0;
    for (; at < length; at++) {
      const c = text.charCodeAt(at);
      if (c > 127) break;
      scratch[at] = c;
    }
    encodedLength = length;
    if (at === length) return;
  }
  // No unit takes more than three bytes.
  if (length * 3 <= scratch.length) encodedLength = scratch.write(text);
  else {
    encoded = Buffer.from(text);
    encodedLength = encoded.length;
  }
}
