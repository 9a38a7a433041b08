/** What is between delimiters. A text is split into such parts first, so that it takes no longer than it is. */
const PART = /[^\s"'<>]+/g;
const ADDRESS = /https?:(?:\\?\/){2}/i;
/** In the forms of S3, of Google's and Azure's stores, and of vendors of their own. `&` may be escaped. */
const SIGNATURE = /(?:^|&|\\u0026|&amp;)(?:x-(?:amz|goog)-)?(?:signature|security-token|sig)=/i;
/** Where an escaped text has another character than a slash or an ampersand. */
const END_OF_ESCAPED = /\\(?!\/|u0026)/i;

/**
 * The body without what opens a pre-signed address: those who read the body later could hear a recording. All other
 * bytes stay, so that it is read as before.
 */
export function withoutSignatures(body: Buffer): Buffer {
  const text = body.toString('latin1');
  const masked = text.replaceAll(PART, unsigned);
  return masked === text ? body : Buffer.from(masked, 'latin1');
}

function unsigned(part: string): string {
  const at = part.indexOf('?');
  if (at === -1 || !ADDRESS.test(part.slice(0, at))) return part;
  const query = part.slice(at + 1);
  const end = query.search(END_OF_ESCAPED);
  const [asked, rest] = end === -1 ? [query, ''] : [query.slice(0, end), query.slice(end)];
  return SIGNATURE.test(asked) ? part.slice(0, at) + rest : part;
}
