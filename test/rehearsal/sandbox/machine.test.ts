import test from 'ava';
import { type MachineFacts, machineProblems } from '#rehearsal/sandbox/machine.ts';

const good: MachineFacts = {
  platform: 'linux',
  architecture: 'x64',
  userId: 0,
  availableBytes: 8 * 2 ** 30,
  missingCommands: [],
  namespaceProblem: undefined,
};

test('a machine with all that is needed has no problem', t => {
  t.deepEqual(machineProblems(good), []);
});

const refused = test.macro({
  title: (_, facts: Partial<MachineFacts>) => `a machine with ${JSON.stringify(facts)} is told what to do`,
  exec: (t, facts: Partial<MachineFacts>, expected: string[]) => {
    t.deepEqual(machineProblems({ ...good, ...facts }), expected);
  },
});

test(refused, { platform: 'darwin', architecture: 'arm64', userId: 501 }, [
  'A fleet runs on Linux on x64 or arm64: found darwin on arm64. Use a Linux machine or virtual machine.',
]);
test(refused, { architecture: 'riscv64' }, [
  'A fleet runs on Linux on x64 or arm64: found linux on riscv64. Use a Linux machine or virtual machine.',
]);
test(refused, { userId: 1000 }, [
  'Root is needed to make network and process namespaces: found user id 1000. Run it again as root, for example with sudo.',
]);
test(refused, { namespaceProblem: 'unshare: unshare failed: Operation not permitted' }, [
  'Namespaces are needed: unshare failed with "unshare: unshare failed: Operation not permitted". Inside a container, run it with --privileged.',
]);
test(refused, { availableBytes: 3.25 * 2 ** 30, missingCommands: ['nsenter'] }, [
  'The command nsenter is needed: found none on PATH. Install the package util-linux.',
  'At least 4 GiB of available memory are needed: found 3.3 GiB. Close other programs or use a larger machine.',
]);
