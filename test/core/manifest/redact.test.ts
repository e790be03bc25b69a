import test, { type ExecutionContext } from 'ava';
import { diffManifests } from '#core/manifest/diff.ts';
import { redactText } from '#core/manifest/redact.ts';

const pem =
  '-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIBkg4LVWM9nuwNSk3yByxZpYRTBnVJk5oGNk\nAwEHoUQDQgAE\n-----END EC PRIVATE KEY-----';
const wif = '5KQwrPbwdL6PhXujxW37FSSQZ1JiwsST4cqQzDeyXtP79zkvFD3';
const publicKey = 'EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV';
const github = `ghp_${'a1B2'.repeat(9)}`;

const hides = test.macro((t: ExecutionContext, text: string, ...secrets: string[]) => {
  const shown = redactText(text);
  for (const secret of secrets) {
    t.true(text.includes(secret));
    t.false(shown.includes(secret), shown);
  }
  t.is(shown.split('\n').length, text.split('\n').length, 'line for line');
  t.true(shown.includes('‹redacted›'));
});
const shows = test.macro((t: ExecutionContext, text: string) => {
  t.is(redactText(text), text);
});

test('a PEM block', hides, `before\n${pem}\nafter`, 'MHcCAQEEIBkg', 'AwEHoUQDQgAE');
test(
  'a PEM block in one line of JSON',
  hides,
  `{"key": "${pem.replaceAll('\n', '\\n')}"}`,
  'MHcCAQEEIBkg',
  'AwEHoUQDQgAE',
);
test('a PEM block without an end', hides, pem.split('\n').slice(0, 3).join('\n'), 'MHcCAQEEIBkg', 'AwEHoUQDQgAE');
test(
  'a PEM block in base64',
  hides,
  `x: ${Buffer.from(pem).toString('base64')}`,
  Buffer.from(pem).toString('base64').slice(20, 60),
);
test('an old private key', hides, `signature-provider = ${publicKey}=KEY:${wif}`, wif);
test(
  'a private key',
  hides,
  'PVT_K1_2bfGi9rYsXQSXXTvJbDAPhHLQUojjaNLomdm3cEJ1XTzMqUt3V',
  'bfGi9rYsXQSXXTvJbDAPhHLQUojja',
);
test(
  'a BLS private key',
  hides,
  'signature-provider = PUB_BLS_Syz1=KEY:PVT_BLS_M5wL3fCWlR7kZxUq9aYvT2bHnE8cJ1oG',
  'M5wL3fCWlR7kZxUq9aYv',
);
test(
  'a key parted by characters without width',
  hides,
  `note: ${wif.slice(0, 20)}\u200b${wif.slice(20)}`,
  wif.slice(20, 50),
);
test('a hex key under a name for one', hides, `private = ${'0f'.repeat(32)}`, '0f0f0f0f');
test('a hex key with its prefix', hides, `priv: 0x${'0f'.repeat(32)}`, '0f0f0f0f');
test('a short password', hides, 'pwd=s3cr3tpw', 's3cr3tpw');
test('words of a wallet', hides, 'mnemonic: legal winner thank year wave sausage', 'winner', 'sausage');
test('every entry of a list', hides, 'private-key = ["x1x1","y2y2"]', 'x1x1', 'y2y2');
test('a digest and a chain id are shown', shows, `image: a@sha256:${'0f'.repeat(32)} chain-id = ${'0f'.repeat(32)}`);
test('a switch called private is shown', shows, 'private: true');
test('an address in a private network is shown', shows, 'aws-load-balancer-private-ipv4-addresses: 10.10.0.20');
test('a text with characters without width and no secret is shown as it is', shows, 'a\u200bb: c');
test('a token of GitHub', hides, `url: https://x ${github}`, github);
test(
  'a JSON web token',
  hides,
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N',
  'eyJzdWIi',
  'dozjgNry',
);
test('a password in a URL', hides, 'postgres://user:hunter22@db/x', 'hunter22');
test('a password by its name', hides, 'db.password = correct horse', 'correct', 'horse');
test('a password in JSON', hides, '{"user": "a", "password": "hun\\"ter22", "x": 1}', 'hun', 'ter22');
test('a password in JSON in JSON', hides, '"{\\"apiKey\\": \\"hunter22\\"}"', 'hunter22');
test('a password on a command line', hides, 'run --api-token=hunter22 --verbose', 'hunter22');
test('a login for a registry', hides, '{"auth": "dXNlcjpwYXNz"}', 'dXNlcjpwYXNz');
test('a header', hides, 'Authorization: Bearer abcdefgh1234', 'abcdefgh1234');
test('a password under its name', hides, 'a:\n  password: |\n    hunter\n\n    22\n  other: x', 'hunter', '22');
test('a password after its option', hides, 'run --db-password hunter22 --verbose', 'hunter22');
test('a password after a user', hides, 'curl -u somebody:hunter22 https://example.org', 'hunter22');
test('a password in XML', hides, '<password>hunter22</password>', 'hunter22');
test('a password in base64 that starts like a path', hides, 'password: /aB3dEfGh', '/aB3dEfGh');
test('the default of a variable', hides, 'export TOKEN=$' + '{GIVEN:-hunter22}', 'hunter22');
test('a long random word', hides, 'value: kJ8vQ2xR5tY7uI9oP1aS3dF4gH6jK0lZ', 'kJ8vQ2xR5tY7');

test('a public key is no secret', shows, `signature-provider = ${publicKey}=KEOSD:unix:///run/signer/signer.sock`);
test('a digest is no secret', shows, `image: x@sha256:${'0123456789abcdef'.repeat(4)}`);
test('a path is no secret', shows, '"keyFile": "/etc/active-eos/key/key", token: /var/run/token');
test('a switch is no secret', shows, 'automountServiceAccountToken: false');
test('the name of a cluster of etcd is no secret', shows, '--initial-cluster-token=active-eos-example');
test('a variable that a script names is no secret', shows, 'password=$' + '{DB_PASSWORD}');
test('an option of a certificate is no secret', shows, '--client-cert-auth=maybe');
test('what follows a password is shown again', t => {
  t.is(redactText('password: |\n  hunter\nother: |\n  x'), 'password: |\n  ‹redacted›\nother: |\n  x');
});
test('a file that a script reads is no secret', shows, 'token=$(cat /run/token)');
test('a bash script is shown as it is', shows, 'if ! echo "$SNAPSHOT_SHA256  $part" | sha256sum -c >/dev/null; then');

function told(before: string, after: string): string {
  return JSON.stringify(diffManifests(before, after));
}

test('of a Secret only whether it changed is told, and how long it is in classes', t => {
  const secret = (value: string) =>
    `apiVersion: v1\nkind: Secret\nmetadata: { name: x }\ndata: { key: ${Buffer.from(value).toString('base64')} }\n`;
  const [diff] = diffManifests(secret('a'.repeat(40)), secret('b'.repeat(50)));
  t.deepEqual(diff?.fields, [
    { path: 'data.key', before: '‹redacted, 33 to 64 bytes›', after: '‹redacted, 33 to 64 bytes, another›' },
  ]);
  for (const text of [
    told('', secret('hunter2')),
    told(secret('hunter2'), ''),
    told(secret('hunter2'), secret('hunter22')),
  ]) {
    t.false(text.includes('hunter2') || text.includes(Buffer.from('hunter2').toString('base64').slice(0, 8)), text);
  }
});

test('a Secret written as text is hidden too, each line of it', t => {
  const secret = (value: string) =>
    `apiVersion: v1\nkind: Secret\nmetadata: { name: x }\nstringData:\n  a: |\n    one\n    ${value}\n`;
  t.false(/one|hunter/.test(told(secret('hunter2'), secret('hunter3'))));
});

test('the copy of an object that kubectl keeps is hidden', t => {
  const object = (value: string) =>
    `apiVersion: v1\nkind: Secret\nmetadata: { name: x, annotations: { kubectl.kubernetes.io/last-applied-configuration: '{"data":{"k":"${value}"}}' } }\n`;
  t.false(/aHVudGVy/.test(told(object('aHVudGVyMg=='), object('aHVudGVyMw=='))));
});

test('a variable with the name of a secret is hidden, also in a container that comes', t => {
  const pod = (value: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: { name: x }\nspec: { containers: [{ name: a, env: [{ name: DB_PASSWORD, value: ${value} }], args: [--password, ${value}] }] }\n`;
  t.false(told(pod('hunter2'), pod('hunter3')).includes('hunter'));
  t.false(told('', pod('hunter2')).includes('hunter'));
});

test('two secrets of which nothing is shown are still told apart', t => {
  const map = (value: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\ndata:\n  a: "password=${value}"\n  b: |\n    x\n    token: ${value}\n`;
  const [diff] = diffManifests(map('hunter2'), map('hunter3'));
  t.deepEqual(diff?.fields, [
    { path: 'data.a', before: 'password=‹redacted›', after: 'password=‹redacted, another›' },
    { path: 'data.b line 2', before: 'token: ‹redacted›', after: 'token: ‹redacted, another›' },
  ]);
});

test('a text made to be slow is shown in bounded time', t => {
  const started = performance.now();
  for (const piece of ['a', 'password', '-----BEGIN X-----', 'a:', '"', 'eyJ', '://', 'token= '])
    redactText(`${piece.repeat(16_000 / piece.length)}\n${piece.repeat(200_000)}`);
  t.true(performance.now() - started < 20_000);
});
