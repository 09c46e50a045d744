/** Quoted name, word, string, or any other single character. */
const token = /"((?:[^"]|"")*)"|([\p{L}_][\p{L}\p{N}_$]*)|'(?:[^']|'')*'|\S/gu;

/** What the server leaves out when it writes a foreign key, because it is so anyway. */
const usual = [
  "match simple",
  "on update no action",
  "on delete no action",
  "not deferrable",
  "initially immediate",
  "not valid",
];

/** A foreign key's definition in one form, however it is spaced and quoted and whether what is usual is written out. */
export function plainForeignKey(definition: string): string {
  const words: string[] = [];
  for (const [text, quoted, bare] of definition.matchAll(token)) {
    // A name that needs its quotes keeps them, so that it is told from a keyword.
    if (quoted !== undefined) words.push(/^[a-z_][a-z0-9_$]*$/.test(quoted) ? quoted : text);
    else words.push(bare === undefined ? text : bare.toLowerCase());
  }
  let plain = words.join(" ");
  for (const phrase of usual) plain = plain.replace(phrase, "");
  return plain.replaceAll(/ +/g, " ").trim();
}
