// Signs digests with a K1 key as nodeos and keosd do, by libsecp256k1 compiled to WebAssembly (tiny-secp256k1).

import { createHash } from 'node:crypto';
import { isPrivate, pointFromScalar, signRecoverable, verify } from 'tiny-secp256k1';
import { decodeBase58, encodeBase58 } from './base58.ts';

/** Signs for one key. The key itself never leaves this closure. */
export interface Signer {
  /** `EOS…` */
  readonly publicKey: string;
  /** @param digest 32 bytes in hex @returns `SIG_K1_…` */
  sign(digest: string): string;
}

/** Why a private key could not be read. Never quotes the key. */
export type KeyProblem = { problem: string };

/** Reads a private key, `5…` (WIF) or `PVT_K1_…`. */
export function openSigner(privateKey: string): Signer | KeyProblem {
  const scalar = readPrivateKey(privateKey.trim());
  if ('problem' in scalar) return scalar;
  const point = isPrivate(scalar.bytes) ? pointFromScalar(scalar.bytes, true) : null;
  if (point === null) return { problem: 'its number is none that secp256k1 allows' };
  return {
    publicKey: renderPublicKey(point),
    sign: digest => renderSignature(signCanonically(Buffer.from(digest, 'hex'), scalar.bytes)),
  };
}

/** Spells a private key as `PVT_K1_…`. @param scalar 32 bytes */
export function renderPrivateKey(scalar: Uint8Array): string {
  return `PVT_K1_${encodeBase58(Buffer.concat([scalar, ripemd160(Buffer.from(scalar), 'K1').subarray(0, 4)]))}`;
}

/** Whether two public keys are the same, each `EOS…` or `PUB_K1_…`. */
export function isSamePublicKey(a: string, b: string): boolean {
  const [first, second] = [readPublicKey(a), readPublicKey(b)];
  return first !== undefined && second !== undefined && first.equals(second);
}

/**
 * Whether a signature is of this digest, by this key; false of what is none of the K1 kind.
 * @param signature `SIG_K1_…` @param digest 32 bytes in hex @param publicKey `EOS…` or `PUB_K1_…`
 */
export function isSignatureOf(signature: string, digest: string, publicKey: string): boolean {
  const point = readPublicKey(publicKey);
  const body = signature.startsWith('SIG_K1_')
    ? unpack(signature.slice('SIG_K1_'.length), bytes => ripemd160(bytes, 'K1'))
    : undefined;
  if (point === undefined || body?.length !== 65 || !/^[0-9a-f]{64}$/.test(digest)) return false;
  try {
    return verify(Buffer.from(digest, 'hex'), point, body.subarray(1));
  } catch {
    // Numbers that the curve does not have.
    return false;
  }
}

function readPrivateKey(text: string): { bytes: Uint8Array } | KeyProblem {
  if (text.startsWith('PVT_K1_')) {
    const bytes = unpack(text.slice('PVT_K1_'.length), body => ripemd160(body, 'K1'));
    return bytes?.length === 32 ? { bytes } : { problem: 'it starts as PVT_K1_, but its checksum or length is wrong' };
  }
  const bytes = unpack(text, body => sha256(sha256(body)));
  if (bytes === undefined || bytes.length < 33 || bytes[0] !== 0x80)
    return { problem: 'it is neither a PVT_K1_ key nor a WIF key (51 characters that start with 5)' };
  return { bytes: bytes.subarray(1, 33) };
}

function readPublicKey(text: string): Buffer | undefined {
  if (text.startsWith('PUB_K1_')) return unpack(text.slice('PUB_K1_'.length), body => ripemd160(body, 'K1'));
  return text.startsWith('EOS') ? unpack(text.slice(3), body => ripemd160(body, '')) : undefined;
}

function unpack(text: string, checksum: (body: Buffer) => Buffer): Buffer | undefined {
  const bytes = decodeBase58(text);
  if (bytes === undefined || bytes.length < 5) return undefined;
  const body = bytes.subarray(0, -4);
  return checksum(body).subarray(0, 4).equals(bytes.subarray(-4)) ? body : undefined;
}

function renderPublicKey(point: Uint8Array): string {
  return `EOS${encodeBase58(Buffer.concat([point, ripemd160(Buffer.from(point), '').subarray(0, 4)]))}`;
}

function renderSignature(signature: Buffer): string {
  return `SIG_K1_${encodeBase58(Buffer.concat([signature, ripemd160(signature, 'K1').subarray(0, 4)]))}`;
}

/** nodeos takes canonical signatures only: both halves positive and without a needless zero byte. One in two or so is; the bound is never met. */
function signCanonically(digest: Buffer, scalar: Uint8Array): Buffer {
  const extraEntropy = Buffer.alloc(32);
  for (let attempt = 0; attempt < 256; attempt++) {
    extraEntropy.writeUInt32LE(attempt);
    const { signature, recoveryId } =
      attempt === 0 ? signRecoverable(digest, scalar) : signRecoverable(digest, scalar, extraEntropy);
    if (isCanonical(signature)) return Buffer.concat([Buffer.of(recoveryId + 31), signature]);
  }
  throw new Error('no canonical signature in 256 attempts');
}

/** Source: libraries/libfc/src/crypto/elliptic_common.cpp, is_canonical. */
function isCanonical(signature: Uint8Array): boolean {
  const positive = (at: number) => ((signature[at] ?? 0) & 0x80) === 0;
  const short = (at: number) => signature[at] === 0 && positive(at + 1);
  return positive(0) && !short(0) && positive(32) && !short(32);
}

function ripemd160(body: Buffer, suffix: string): Buffer {
  return createHash('ripemd160').update(body).update(suffix).digest();
}

function sha256(body: Buffer): Buffer {
  return createHash('sha256').update(body).digest();
}
