import test from 'ava';
import { debianVersion } from '#tools/debian.ts';

test('the upstream version is read from the name of a package file', t => {
  t.is(debianVersion('containerd_1.6.20~ds1-1+deb12u3_amd64.deb'), '1.6.20');
  t.is(debianVersion('busybox-static_1%3a1.35.0-4+deb12u1+b1_amd64.deb'), '1.35.0');
  t.is(debianVersion('iproute2_6.1.0-3_arm64.deb'), '6.1.0');
  t.is(debianVersion(''), undefined);
});
