import test from 'ava';
import { registerKeys } from '#core/failover/keys.ts';

const register = { prefix: '/active-eos', chainId: 'cf057bbfb72640471fd910bcb67639c2', producer: 'activeeosbp1' };

test('every key lies under the prefix, the chain and the producer', t => {
  t.deepEqual(registerKeys(register), {
    claim: '/active-eos/cf057bbf/activeeosbp1/claim',
    nodes: '/active-eos/cf057bbf/activeeosbp1/nodes/',
    request: '/active-eos/cf057bbf/activeeosbp1/request',
    answer: '/active-eos/cf057bbf/activeeosbp1/answer',
    drain: '/active-eos/cf057bbf/activeeosbp1/drain/',
    maintenance: '/active-eos/cf057bbf/activeeosbp1/maintenance',
    history: '/active-eos/cf057bbf/activeeosbp1/history/',
    rollout: '/active-eos/cf057bbf/activeeosbp1/rollout',
  });
});

test('a prefix with a trailing slash names the same keys', t => {
  t.deepEqual(registerKeys({ ...register, prefix: '/active-eos/' }), registerKeys(register));
});
