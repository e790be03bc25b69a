import test from 'ava';
import { type Lockfile, packageClosure } from '#rehearsal/images/closure.ts';

const lockfile: Lockfile = {
  packages: {
    '': {},
    'node_modules/a': { dependencies: { b: '1', c: '1' }, optionalDependencies: { absent: '1' } },
    'node_modules/b': {
      peerDependencies: { peer: '1', fancy: '1' },
      peerDependenciesMeta: { fancy: { optional: true } },
    },
    'node_modules/a/node_modules/c': { dependencies: { b: '2', a: '1' } },
    'node_modules/a/node_modules/c/node_modules/b': {},
    'node_modules/c': {},
    'node_modules/peer': {},
    'node_modules/unrelated': {},
    'node_modules/broken': { dependencies: { missing: '1' } },
  },
};

test('a package brings what it needs, the nearest copy of each, and nothing else', t => {
  t.deepEqual(packageClosure(lockfile, ['a']), [
    'node_modules/a',
    'node_modules/a/node_modules/c',
    'node_modules/a/node_modules/c/node_modules/b',
    'node_modules/b',
    'node_modules/peer',
  ]);
});

test('a needed package that is not in the lock file is an error that names both', t => {
  t.throws(() => packageClosure(lockfile, ['broken']), {
    instanceOf: RangeError,
    message: 'package-lock.json has no missing, which node_modules/broken needs. Run npm install.',
  });
});
