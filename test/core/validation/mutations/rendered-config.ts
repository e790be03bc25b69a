// Faulty pull requests that change a chart about how nodeos starts, and about who has which Secret.

import { type ChartMutation, firstMount, nodeos, pod, statefulSet } from './rendered.ts';

const config = 'block-producer/templates/_helpers.tpl';
const inConfig = { file: config, rule: 'rendered-config', at: 'data["config.ini"]' };
const inArguments = { file: statefulSet, rule: 'rendered-config', at: `${nodeos}.args[1]` };
const inSecrets = { file: statefulSet, rule: 'rendered-secrets' };
const keyMount = '- { name: key, mountPath: /key }';

export const renderedConfigMutations: readonly ChartMutation[] = [
  { title: 'no pause', from: 'pause-on-startup = true\n', to: '', ...inConfig },
  { title: 'no pause by value', from: 'pause-on-startup = true', to: 'pause-on-startup = false', ...inConfig },
  { title: 'a pause in a comment', from: 'pause-on-startup = true', to: '# pause-on-startup = true', ...inConfig },
  {
    title: 'a pause and none',
    from: 'pause-on-startup = true',
    to: 'pause-on-startup = true\npause-on-startup=false',
    ...inConfig,
  },
  { title: 'votes that pause production', from: 'vote-timeout-ms = 0', to: 'vote-timeout-ms = 6000', ...inConfig },
  {
    title: 'stale production',
    from: 'enable-stale-production = false',
    to: 'enable-stale-production = true',
    ...inConfig,
  },
  { title: 'a producer API for everybody', from: '127.0.0.1:8888\np2p', to: '0.0.0.0:8888\np2p', ...inConfig },
  { title: 'a key of its own', from: '=KEOSD:unix:///run/signer/signer.sock', to: '=KEY:x', ...inConfig },
  { title: 'a second key', from: 'agent-name =', to: 'signature-provider = EOS1=KEY:x\nagent-name =', ...inConfig },
  { title: 'a key in the old form', from: 'agent-name =', to: 'private-key = ["EOS1","x"]\nagent-name =', ...inConfig },
  {
    title: 'another producer',
    from: 'producer-name = {{ .Values.chain.producer }}',
    to: 'producer-name = other',
    ...inConfig,
  },
  { title: 'no plugins', from: 'plugin = {{ . }}', to: '# {{ . }}', ...inConfig },
  { title: 'a section', from: 'agent-name =', to: '[other]\nagent-name =', ...inConfig },
  {
    title: 'no config.ini',
    file: 'block-producer/templates/config.yaml',
    from: 'config.ini: |',
    to: 'other.ini: |',
    rule: 'rendered-config',
    at: 'data["config.ini"]',
  },
  {
    title: 'a config.ini from elsewhere',
    file: statefulSet,
    from: 'configMap: { name: {{ .Release.Name }} }',
    to: 'configMap: { name: other }',
    rule: 'rendered-claim',
    at: `${nodeos}.volumeMounts[/etc/nodeos/config.ini]`,
  },
  {
    title: 'another file as config.ini',
    file: statefulSet,
    from: 'config.ini, subPath: config.ini',
    to: 'config.ini, subPath: monitor.json',
    rule: 'rendered-claim',
    at: `${nodeos}.volumeMounts[/etc/nodeos/config.ini]`,
  },
  {
    title: "options in the finalizer's place",
    file: statefulSet,
    from: firstMount,
    to: '$1            - { name: config, mountPath: /etc/nodeos/finalizer }\n',
    rule: 'rendered-claim',
    at: `${nodeos}.volumeMounts[/etc/nodeos/finalizer]`,
  },
  {
    title: 'no config.ini mounted',
    file: statefulSet,
    from: /.*subPath: config\.ini.*\n/,
    to: '',
    rule: 'rendered-claim',
    at: `${nodeos}.volumeMounts`,
  },
  {
    title: 'an option among the arguments',
    from: '- --config-dir=/run/nodeos',
    to: '- --pause-on-startup=false\n            - --config-dir=/run/nodeos',
    ...inArguments,
  },
  {
    title: 'a short option among the arguments',
    from: '- --config-dir=/run/nodeos',
    to: '- -e\n            - --config-dir=/run/nodeos',
    ...inArguments,
  },
  {
    title: 'another folder of options',
    from: '- --config-dir=/run/nodeos',
    to: '- --config-dir=/data',
    ...inArguments,
  },
  {
    title: 'an option in the script',
    file: 'block-producer/files/start.sh',
    from: 'start "$@"\nif',
    to: 'start "$@" --enable-stale-production\nif',
    rule: 'rendered-config',
    at: 'data["start.sh"]',
  },
];

export const renderedSecretMutations: readonly ChartMutation[] = [
  {
    title: 'the key for nodeos too',
    from: firstMount,
    to: `$1            ${keyMount}\n`,
    ...inSecrets,
    at: `${nodeos}.volumeMounts[key]`,
  },
  {
    title: "etcd's certificate for nodeos too",
    from: firstMount,
    to: '$1            - { name: etcd-client, mountPath: /tls }\n',
    ...inSecrets,
    at: `${nodeos}.volumeMounts[etcd-client]`,
  },
  {
    title: 'the key by another volume',
    from: '- name: tmp\n          emptyDir: {}',
    to: '- name: tmp\n          secret: { secretName: {{ .Values.keySecret }} }',
    ...inSecrets,
    at: `${nodeos}.volumeMounts[tmp]`,
  },
  {
    title: 'the key in a variable',
    from: 'fieldRef: { fieldPath: status.podIP }',
    to: 'secretKeyRef: { name: {{ .Values.keySecret }}, key: key }',
    ...inSecrets,
    at: 'spec.template.spec.initContainers[0].env[0].valueFrom.secretKeyRef.name',
  },
  {
    title: 'the Secret of another',
    from: '- name: signer\n          emptyDir',
    to: '- name: other\n          secret: { secretName: other-key }\n        - name: signer\n          emptyDir',
    ...inSecrets,
    at: `${pod}.volumes[other]`,
  },
  { title: 'no key', from: /.*mountPath: \/etc\/active-eos\/key,.*\n/, to: '', ...inSecrets, at: `${pod}.volumes` },
  {
    title: 'the key for Prometheus',
    file: 'block-producer/templates/service-monitor.yaml',
    from: /[\s\S]*/,
    to: 'apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: { name: x }\nspec: { endpoints: [{ port: monitor, basicAuth: { password: { name: "{{ .Values.keySecret }}", key: key } } }] }\n',
    rule: 'rendered-secrets',
    at: 'spec.endpoints[0].basicAuth.password.name',
  },
];

const inClaim = { file: config, rule: 'rendered-claim', at: 'data["monitor.json"]' };

export const renderedClaimMutations: readonly ChartMutation[] = [
  { title: 'a claim elsewhere', from: '"prefix" .Values.etcd.prefix', to: '"prefix" "/other"', ...inClaim },
  {
    title: 'another etcd',
    from: '"endpoints" .Values.etcd.endpoints',
    to: '"endpoints" (list "https://x:1")',
    ...inClaim,
  },
  { title: 'the name of another', from: '"node" .Release.Name', to: '"node" "aws-b"', ...inClaim },
  { title: 'settings that are none', from: '| toPrettyJson', to: '| toString', ...inClaim },
  {
    title: 'settings from elsewhere',
    file: statefulSet,
    from: '--config, /etc/active-eos/monitor.json',
    to: '--config, /data/monitor.json',
    rule: 'rendered-claim',
    at: `${pod}.initContainers[monitor].args`,
  },
  {
    title: 'a volume in the place of the program',
    file: statefulSet,
    from: '- { name: signer, mountPath: /run/signer }',
    to: '- { name: signer, mountPath: /run/signer }\n            - { name: data, mountPath: /app }',
    rule: 'rendered-claim',
    at: `${pod}.initContainers[monitor].volumeMounts[/app]`,
  },
  {
    title: 'a script that cannot be read',
    file: 'block-producer/templates/config.yaml',
    from: '\ndata:\n',
    to: '\nbinaryData: { x: eA== }\ndata:\n',
    rule: 'rendered-config',
    at: 'binaryData',
  },
];
