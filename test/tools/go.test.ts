import test from 'ava';
import { goProblem } from '#tools/go.ts';

test('Go 1.26 and newer will do', t => {
  t.is(goProblem('helm', 'go version go1.26.8 linux/amd64\n'), undefined);
  t.is(goProblem('helm', 'go version go1.30rc1 linux/arm64\n'), undefined);
  t.is(goProblem('helm', 'go version go2.0 linux/arm64\n'), undefined);
});

const refused = test.macro({
  title: (_, text: string | undefined) => `a machine where \`go version\` says ${text} is told what to install`,
  exec: (t, text: string | undefined, lastLines: string, found: string) => {
    t.is(
      goProblem('kube-apiserver', text, lastLines),
      `Go 1.26 or newer is needed to build kube-apiserver: found ${found}. Install it from https://go.dev/dl and put it on PATH.`,
    );
  },
});

test(refused, undefined, '', 'none');
test(refused, 'go version go1.19.8 linux/amd64\n', '', '1.19');
test(refused, '', 'go: toolchain not available', 'go: toolchain not available');
