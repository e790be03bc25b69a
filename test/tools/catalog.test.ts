import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { catalog, platformOf } from '#tools/catalog.ts';

const modules = join(import.meta.dirname, '../../tools/go');

for (const tool of catalog) {
  const { source } = tool;
  if (source.kind !== 'go') continue;
  test(`${tool.name} is built from the version that the table names`, t => {
    const pinned = readFileSync(join(modules, source.module, 'go.mod'), 'utf8');
    const lines = pinned
      .split('\n')
      .filter(line => line.endsWith(`v${tool.version}`) || line.includes(`v${tool.version} `));
    t.true(
      lines.some(line =>
        line
          .trim()
          .replace('require ', '')
          .split(' ')
          .some(word => `${source.package}/`.startsWith(`${word}/`)),
      ),
      `go.mod pins no module of ${source.package} at ${tool.version}`,
    );
    t.true(existsSync(join(modules, source.module, 'go.sum')));
  });
}

test('no two tools have one name', t => {
  t.is(new Set(catalog.map(tool => tool.name)).size, catalog.length);
});

test('tools are offered for Linux on two kinds of processor', t => {
  t.is(platformOf('linux', 'x64'), 'linux-x64');
  t.is(platformOf('linux', 'arm64'), 'linux-arm64');
  t.is(platformOf('darwin', 'arm64'), undefined);
});
