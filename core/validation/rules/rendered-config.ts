// Rules on how a rendered node starts nodeos: config.ini, its arguments, and the scripts around it.

import { asMapping, textOf } from '../../environment/outline.ts';
import { redactText } from '../../manifest/redact.ts';
import { type Breach, isNode, podsOf, type RenderedPod, type RenderedRule, type RenderedSubject } from '../rendered.ts';
import { findInArgument, findInCommand, heldToChart } from './safety.ts';

/** The chart's own arguments among those that nobody else may give. */
const chartArguments = ['--config-dir=/run/nodeos', '--data-dir=/data'];

export const renderedConfigRules: readonly RenderedRule[] = [
  {
    id: 'rendered-config',
    title: 'nodeos starts paused, without a key of its own, and is asked by its monitor alone',
    why: 'A nodeos that starts unpaused, signs by itself or lets others resume it does not ask who may sign.',
    mend: "Put back the chart's lines of config.ini and its arguments.",
    level: 'error',
    waivable: false,
    check: subject =>
      isNode(subject)
        ? podsOf(subject).flatMap(pod => [...config(subject), ...argument(subject, pod), ...scripts(subject)])
        : [],
  },
];

function config({ release, objects }: RenderedSubject): Breach[] {
  const map = objects.find(({ kind, name }) => kind === 'ConfigMap' && name === release.name);
  const text = asMapping(map?.value.data)['config.ini'];
  if (map === undefined || typeof text !== 'string') {
    const message = `found no ConfigMap ${release.name} with config.ini; expected nodeos' options in it. Put it back.`;
    return [{ object: map, path: 'data["config.ini"]', message }];
  }
  return options(release, text).map(message => ({ object: map, path: 'data["config.ini"]', message }));
}

/** As nodeos reads it: `#` begins a comment anywhere in a line. */
function options({ values }: RenderedSubject['release'], text: string): string[] {
  const chain = asMapping(values.chain);
  const lines = text.split(/\r?\n/).map(line => line.replace(/#.*/, '').trim());
  const given = (option: string): string[] =>
    lines.flatMap(line => {
      const [name, ...value] = line.split('=');
      return name?.trim() === option ? [value.join('=').trim()] : [];
    });
  const one = (option: string, isRight: (value: string) => boolean, expected: string): string[] => {
    const found = given(option);
    if (found.length === 1 && found.every(isRight)) return [];
    const told = found.map(value => showValue(option, value)).join(' and ') || 'nothing';
    return [`${option} is ${told}; expected ${expected}. Put it back.`];
  };
  const signer = `${textOf(chain.publicKey)}=KEOSD:unix:///`;
  const plugins = heldToChart.neededPlugins.filter(plugin => !given('plugin').includes(plugin));
  return [
    ...one('pause-on-startup', value => value === 'true', 'true'),
    ...one('production-pause-vote-timeout-ms', value => value === '0', '0'),
    ...one('enable-stale-production', value => value === 'false', 'false'),
    ...one('http-server-address', value => /^127\.0\.0\.1:\d+$/.test(value), '127.0.0.1, where the monitor alone asks'),
    ...one('signature-provider', value => value.startsWith(signer), `${signer}…, the monitor`),
    ...one('producer-name', value => value === textOf(chain.producer), textOf(chain.producer)),
    ...given('private-key').map(() => 'private-key is set; expected no key here. Remove it.'),
    ...plugins.map(plugin => `plugin leaves out ${plugin}; expected all that the monitor asks. Put it back.`),
    ...lines
      .filter(line => line.startsWith('['))
      .map(() => 'a section begins here; expected none, since it takes the options behind it away. Remove it.'),
  ];
}

/** What follows the kind of a provider may be a key. */
function showValue(option: string, value: string): string {
  if (option !== 'signature-provider') return redactText(JSON.stringify(value));
  return redactText(/^[^=]*=[A-Z]+:/.exec(value)?.[0] ?? '').concat('…');
}

function argument({ release }: RenderedSubject, { object, containers }: RenderedPod): Breach[] {
  const { command } = asMapping(release.values.nodeos);
  const own: unknown[] = Array.isArray(command) ? command : ['nodeos'];
  return containers
    .filter(({ name }) => name === 'nodeos')
    .flatMap(({ path, fields }) => {
      const list: unknown[] = Array.isArray(fields.args) ? fields.args : [];
      const isOwn = own.every((part, index) => list[index] === part);
      return list.flatMap((item, index): Breach[] => {
        const text = textOf(item);
        if (chartArguments.includes(text)) return [];
        // Of the command a values file is held to the same, and `sh -c` may stand in it.
        const isCommand = isOwn && index < own.length;
        const found = findInCommand(text) ?? (isCommand ? undefined : findInArgument(text));
        if (found === undefined) return [];
        const message = `found an argument that ${found}; expected it to stand in config.ini alone. Remove it.`;
        return [{ object, path: `${path}.args[${index}]`, message }];
      });
    });
}

function scripts({ objects }: RenderedSubject): Breach[] {
  const maps = objects.filter(({ kind }) => kind === 'ConfigMap');
  const unread = maps.filter(({ value }) => value.binaryData !== undefined);
  const message = 'found binaryData; expected texts in data alone, which can be read. Remove it.';
  return [
    ...unread.map(object => ({ object, path: 'binaryData', message })),
    ...maps.flatMap(object =>
      Object.entries(asMapping(object.value.data)).flatMap(([name, text]): Breach[] => {
        const found = name.endsWith('.sh') ? findInCommand(textOf(text)) : undefined;
        if (found === undefined) return [];
        const message = `found a script that ${found}; expected it to stand in config.ini alone. Remove it.`;
        return [{ object, path: `data["${name}"]`, message }];
      }),
    ),
  ];
}
