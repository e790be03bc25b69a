// Signatures held against an independent reading: the public key is recovered from each with libsecp256k1.

import { createHash } from 'node:crypto';
import test from 'ava';
import { recover, verify } from 'tiny-secp256k1';
import { decodeBase58, encodeBase58 } from '#adapters/signature/base58.ts';
import { isSamePublicKey, isSignatureOf, openSigner, type Signer } from '#adapters/signature/k1.ts';

/** The published development key pair, in both spellings. */
const privateKey = '5KQwrPbwdL6PhXujxW37FSSQZ1JiwsST4cqQzDeyXtP79zkvFD3';
const publicKey = 'EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV';

const ripemd160 = (...parts: (Uint8Array | string)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('ripemd160')).digest();
const scalar = (decodeBase58(privateKey) ?? Buffer.alloc(0)).subarray(1, 33);
const point = (decodeBase58(publicKey.slice(3)) ?? Buffer.alloc(0)).subarray(0, 33);
const spell = (prefix: string, body: Uint8Array) =>
  `${prefix}${encodeBase58(Buffer.concat([body, ripemd160(body, 'K1').subarray(0, 4)]))}`;
const digestOf = (text: string) => createHash('sha256').update(text).digest();

function open(key: string): Signer {
  const signer = openSigner(key);
  if ('problem' in signer) throw new Error(signer.problem);
  return signer;
}

/** Parts of a `SIG_K1_…`, its checksum checked. */
function read(signature: string): { recovery: 0 | 1 | 2 | 3; compact: Buffer } {
  const bytes = decodeBase58(signature.slice('SIG_K1_'.length)) ?? Buffer.alloc(0);
  const body = bytes.subarray(0, 65);
  if (bytes.length !== 69 || !ripemd160(body, 'K1').subarray(0, 4).equals(bytes.subarray(65)))
    throw new Error(`${signature} is garbled`);
  return { recovery: ((body[0] ?? 0) - 31) as 0 | 1 | 2 | 3, compact: body.subarray(1) };
}

test('the public key of a WIF key is the known one', t => {
  t.is(open(privateKey).publicKey, publicKey);
});

test('a PVT_K1 key and a line end after a key are read as well', t => {
  t.is(open(spell('PVT_K1_', scalar)).publicKey, publicKey);
  t.is(open(`${privateKey}\n`).publicKey, publicKey);
});

test('the public key can be recovered from a signature', t => {
  const digest = digestOf('a block');
  const { recovery, compact } = read(open(privateKey).sign(digest.toString('hex')));
  t.deepEqual(Buffer.from(recover(digest, compact, recovery, true) ?? []), point);
  t.false(verify(digestOf('another block'), point, compact));
});

test('a signature is of its digest and its key alone', t => {
  const digest = digestOf('a block').toString('hex');
  const other = digestOf('another block').toString('hex');
  const signature = open(privateKey).sign(digest);
  t.true(isSignatureOf(signature, digest, publicKey));
  t.true(isSignatureOf(signature, digest, spell('PUB_K1_', point)));
  t.false(isSignatureOf(signature, other, publicKey));
  t.false(isSignatureOf(signature, digest, open(spell('PVT_K1_', digestOf('another key'))).publicKey));
});

test("the signature that a real nodeos put under a block of Savanna is of the block's id", t => {
  // Block 610 of a chain of Spring 1.2.2, whose producers all have this key.
  const id = '000002622f5b3574ad058ed2c7f4af9bbd37820862fa01de131e312eec1158e2';
  const signature =
    'SIG_K1_KiJZobyBEVB3oyVrz9g3SUjg5M2ca9Jtmicq64yswXR1bPLTmfQhh9xRAWn82egmiqrcr2vfVoNdyqTC8aH45gMgSUjB3F';
  t.true(isSignatureOf(signature, id, publicKey));
});

test('what is no K1 signature is of no digest', t => {
  const digest = digestOf('a block').toString('hex');
  const beyond = spell('SIG_K1_', Buffer.alloc(65, 0xff));
  for (const text of ['', 'SIG_K1_', 'SIG_K1_abc', beyond, `SIG_R1_${open(privateKey).sign(digest).slice(7)}`])
    t.false(isSignatureOf(text, digest, publicKey), text);
  t.false(isSignatureOf(open(privateKey).sign(digest), 'ab', publicKey));
  t.false(isSignatureOf(open(privateKey).sign(digest), digest, 'EOSabc'));
});

test('the same digest is signed the same way each time', t => {
  const digest = digestOf('a block').toString('hex');
  t.is(open(privateKey).sign(digest), open(privateKey).sign(digest));
});

test('over 300 digests every signature is canonical and from the key', t => {
  const signer = open(privateKey);
  for (let index = 0; index < 300; index++) {
    const digest = digestOf(`digest ${index}`);
    const { recovery, compact } = read(signer.sign(digest.toString('hex')));
    const [r0 = 255, r1 = 0, s0 = 255, s1 = 0] = [compact[0], compact[1], compact[32], compact[33]];
    // nodeos' is_canonical: both halves positive, and no zero byte in front that is not needed.
    t.true(r0 < 0x80 && s0 < 0x80 && !(r0 === 0 && r1 < 0x80) && !(s0 === 0 && s1 < 0x80), `digest ${index}`);
    t.deepEqual(Buffer.from(recover(digest, compact, recovery, true) ?? []), point, `digest ${index}`);
  }
});

const refuses = test.macro((t, key: string, problem: RegExp) => {
  const signer = openSigner(key);
  const said = 'problem' in signer ? signer.problem : 'it was opened';
  t.regex(said, problem);
  for (let at = 0; at + 8 <= key.length; at++)
    t.false(said.includes(key.slice(at, at + 8)), 'the problem quotes the key');
});
test('a WIF key with a wrong letter is refused, and not quoted', refuses, privateKey.replace('Xuj', 'Xuk'), /neither/);
test('a WIF key with a letter that is none is refused', refuses, privateKey.replace('Xuj', 'X0j'), /neither/);
test(
  'a PVT_K1 key with a wrong letter is refused',
  refuses,
  spell('PVT_K1_', scalar).replace(/.$/, letter => (letter === 'a' ? 'b' : 'a')),
  /checksum or length/,
);
test('a PVT_K1 key that is too short is refused', refuses, spell('PVT_K1_', scalar.subarray(1)), /checksum or length/);
test('an R1 key is refused', refuses, 'PVT_R1_iyQmnyPEGvFd8uffnk152WC2WryBjgTrg22fXQryuGL9mU6qW', /neither/);
test('a public key is no private key', refuses, publicKey, /neither/);
test('an empty file is no key', refuses, '', /neither/);

test('two spellings of a public key are the same, two keys are not', t => {
  t.true(isSamePublicKey(publicKey, spell('PUB_K1_', point)));
  const other = open(spell('PVT_K1_', digestOf('another key'))).publicKey;
  t.false(isSamePublicKey(publicKey, other));
  t.false(isSamePublicKey(publicKey, publicKey.replace('MRy', 'MRz')));
  t.false(isSamePublicKey('nonsense', 'nonsense'));
});

test('base58 keeps leading zero bytes', t => {
  for (const hex of ['', '00', '0000ff', '61', '00010203', 'ffffffffff'])
    t.is(decodeBase58(encodeBase58(Buffer.from(hex, 'hex')))?.toString('hex'), hex);
  t.is(encodeBase58(Buffer.from('Hello World!')), '2NEpo7TZRRrLZSi2U');
  t.is(decodeBase58('0OIl'), undefined);
});
