// Opens the signing key: from a file only its owner and group may read, and only if it is the key the chain expects.

import { readFileSync, statSync } from 'node:fs';
import { isSamePublicKey, openSigner, type Signer } from '#adapters/signature/k1.ts';

/** The signer, or why there is none. No message quotes the file's content. */
export function openKeyFile(file: string, publicKey: string): { signer: Signer } | { problem: string } {
  let text: string;
  try {
    const { mode } = statSync(file);
    if ((mode & 0o007) !== 0)
      return {
        problem: `${file} has mode ${(mode & 0o777).toString(8)}; expected no rights for others. Run chmod 0440, or set defaultMode 0440 on the Secret.`,
      };
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return { problem: `${file} cannot be read: ${(error as NodeJS.ErrnoException).code}` };
  }
  const signer = openSigner(text);
  if ('problem' in signer) return { problem: `${file} holds no usable private key: ${signer.problem}` };
  if (!isSamePublicKey(signer.publicKey, publicKey)) {
    return {
      problem: `${file} holds the private key of ${signer.publicKey}; the environment says ${publicKey}. Put the right key into the Secret, or correct chain.publicKey.`,
    };
  }
  return { signer };
}
