import test from 'ava';
import { bridgeName, renderKubeletConfig, renderPodNetwork } from '#rehearsal/sandbox/node-files.ts';

const places = {
  name: 'aws-a',
  address: '10.10.0.11',
  podSubnet: '10.10.1.0/24',
  folder: '/run/active-eos/aws-a',
  socket: '/run/aws-a.sock',
  cniFolder: '/cache/cni',
  podLogFolder: '/logs/pods',
};

test('a bridge has a name of at most 15 characters, which keeps the start and the end of a longer one', t => {
  t.is(bridgeName('aws-a'), 'aws-a');
  t.is(bridgeName('google-west1-a'), 'google-west1-a');
  t.is(bridgeName('google-uswest1-zone-a'), 'google-u-zone-a');
});

test('kubelet and the pod network are told the node’s own addresses', t => {
  t.like(JSON.parse(renderKubeletConfig(places)), {
    address: '10.10.0.11',
    containerRuntimeEndpoint: 'unix:///run/aws-a.sock',
  });
  t.deepEqual(JSON.parse(renderPodNetwork(places)).plugins[0].ipam.ranges, [[{ subnet: '10.10.1.0/24' }]]);
});
