import { readFileSync } from 'node:fs';
import test from 'ava';
import { parseImageEnvironment } from '#bench/image.ts';

test('options for node are read among other variables, in quotes or without', t => {
  t.deepEqual(parseImageEnvironment('FROM node\nENV A=b NODE_OPTIONS=--one C=d\n'), { NODE_OPTIONS: '--one' });
  t.deepEqual(parseImageEnvironment('ENV NODE_OPTIONS="--one --two"\nENV NODE_COMPILE_CACHE=/app/compiled\n'), {
    NODE_OPTIONS: '--one --two',
    NODE_COMPILE_CACHE: '/app/compiled',
  });
  t.deepEqual(parseImageEnvironment('# ENV NODE_OPTIONS=--none\nENV OTHER_NODE_OPTIONS=--none\n'), {});
});

test("the monitor's Dockerfile has options that are read", t => {
  const text = readFileSync(new URL('../../monitor/Dockerfile', import.meta.url), 'utf8');
  t.regex(parseImageEnvironment(text).NODE_OPTIONS ?? '', /^--\S/);
});
