import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openKeyFile } from '../../monitor/key-file.ts';

/** The published development key pair. */
const privateKey = '5KQwrPbwdL6PhXujxW37FSSQZ1JiwsST4cqQzDeyXtP79zkvFD3';
const publicKey = 'EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV';
const otherKey = 'EOS1111111111111111111111111111111114T1Anm';

function keyFile(t: ExecutionContext, text: string, mode: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'key-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'key');
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

for (const mode of [0o400, 0o440, 0o600, 0o640]) {
  test(`a key file of mode ${mode.toString(8)} is opened`, t => {
    const opened = openKeyFile(keyFile(t, `${privateKey}\n`, mode), publicKey);
    t.is('signer' in opened ? opened.signer.publicKey : opened.problem, publicKey);
  });
}

const refuses = test.macro((t, text: string, mode: number, expected: string, problem: RegExp) => {
  const file = keyFile(t, text, mode);
  const opened = openKeyFile(file, expected);
  const said = 'problem' in opened ? opened.problem : 'it was opened';
  t.true(said.startsWith(file));
  t.regex(said, problem);
  t.false(said.includes(text.slice(0, 12)), 'the problem quotes the file');
});
test(
  'a key file that others may read is refused',
  refuses,
  privateKey,
  0o444,
  publicKey,
  /has mode 444; expected no rights for others\. Run chmod 0440/,
);
test('a key file that others may write is refused', refuses, privateKey, 0o602, publicKey, /has mode 602/);
test(
  'a file that holds no key is refused',
  refuses,
  'correct horse battery staple',
  0o400,
  publicKey,
  /holds no usable private key/,
);
test(
  'the key of another account is refused',
  refuses,
  privateKey,
  0o400,
  otherKey,
  new RegExp(`holds the private key of ${publicKey}; the environment says ${otherKey}`),
);

test('a file that is not there is told', t => {
  t.deepEqual(openKeyFile('/nowhere/key', publicKey), { problem: '/nowhere/key cannot be read: ENOENT' });
});
