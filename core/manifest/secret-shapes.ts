// What is a secret whatever stands around it, by its looks alone: redact.ts hides these, and core/validation tells where one stands.

export interface SecretShape {
  /** As a message names it. */
  what: string;
  /** Runs in linear time: the text may be hostile. */
  pattern: RegExp;
}

export const secretShapes: readonly SecretShape[] = [
  // Antelope: private keys of every kind, and the old form of K1 keys, base58 of 0x80 and 32 bytes.
  { what: 'a private key (PVT_…)', pattern: /\bPVT_[A-Z0-9]{2,4}_[\w-]{16,512}={0,2}/ },
  {
    what: 'a private key in WIF',
    pattern:
      /(?<![1-9A-HJ-NP-Za-km-z])(?:5[HJK][1-9A-HJ-NP-Za-km-z]{49}|[KL][1-9A-HJ-NP-Za-km-z]{51})(?![1-9A-HJ-NP-Za-km-z])/,
  },
  { what: 'a private key (PEM in base64)', pattern: /\bLS0tLS1CRUdJTi[\w+/]{8,}={0,2}/ },
  { what: 'a token (JWT)', pattern: /\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/ },
  { what: "an AWS access key's id", pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/ },
  { what: 'a GitHub token', pattern: /\b(?:gh[opsur]_|github_pat_)[\w-]{16,}/ },
  {
    what: 'a token',
    pattern: /\b(?:glpat-|npm_|dckr_pat_|hvs\.|sk-|sk_live_|xox[abeoprs]-|AIza|ya29\.|pul-)[\w-]{16,}/,
  },
  { what: 'a private key (age)', pattern: /\bAGE-SECRET-KEY-1[A-Z0-9]{20,}/ },
];

/** Characters without width part a secret for a pattern, and not for whoever copies it. */
const widthless = /[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]/g;

export function withoutWidthless(text: string): string {
  return text.replaceAll(widthless, '');
}
