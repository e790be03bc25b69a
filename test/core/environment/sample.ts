// A small environment that is right in every respect; tests make one thing wrong.

export const sampleFile = 'environments/testnet/environment.yaml';

export const sampleText = `chain:
  id: 73e4385a2708e6d7048834fbc1079f2fabb17b3c125b146af438971e90716c4d
  producer: eosproducer1
  publicKey: EOS6MRyAjQq8ud7hVNYcfnVPJqcVpscN5So8BhtHuGYqET5GDW5CV
  peers:
    - p2p.example.org:9876
images:
  nodeos: example/nodeos:1.2.2
  monitor: example/monitor:1
etcd:
  image: example/etcd:3.6
  heartbeat: 100ms
  election: 1s
  members:
    - { name: one, cluster: aws, address: 10.10.0.11 }
    - { name: two, cluster: gcp, address: 10.20.0.11 }
    - { name: three, cluster: witness, address: 10.30.0.11 }
clusters:
  - name: aws
    site: us-west-2
    cloud: aws
    context: aws
    nodes:
      - { name: aws-a, zone: a, storage: { className: gp3, size: 200Gi } }
      - { name: aws-b, zone: b, storage: { className: gp3, size: 200Gi } }
  - name: gcp
    site: us-west1
    cloud: gcp
    context: gcp
    nodes:
      - { name: gcp-a, zone: a, storage: { className: standard, size: 200Gi } }
  - name: witness
    site: helsinki
    cloud: hetzner
    context: witness
rollout:
  order: [gcp, aws]
  soak: 5m
`;

/** The sample with the first occurrence of a text replaced; the text must be there. */
export function sampleWith(found: string, replacement: string): string {
  if (!sampleText.includes(found)) throw new Error(`The sample does not contain ${found}`);
  return sampleText.replace(found, () => replacement);
}
