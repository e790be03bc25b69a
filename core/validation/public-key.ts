// Tells whether two spellings name one public key: EOS… and PUB_K1_… are the same point with other checksums.

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** Equal for equal keys; the text itself when it is no key. */
export function keyIdentity(text: string): string {
  const body = /^(?:EOS|PUB_K1_)([1-9A-HJ-NP-Za-km-z]{50})$/.exec(text)?.[1];
  if (body === undefined) return text;
  const value = body.split('').reduce((sum, digit) => sum * 58n + BigInt(alphabet.indexOf(digit)), 0n);
  // The last four bytes are the checksum.
  return (value >> 32n).toString(16);
}
