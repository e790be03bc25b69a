// Rules on what a rendered node's containers read: the monitor's own settings, and nothing mounted in the place of a program.

import { asMapping, mappingsIn, textOf } from '../../environment/outline.ts';
import { renderFound } from '../../environment/problem.ts';
import { type Breach, isNode, podsOf, type RenderedPod, type RenderedRule, type RenderedSubject } from '../rendered.ts';

const settingsPath = 'data["monitor.json"]';
const monitorArguments = ['--config', '/etc/active-eos/monitor.json', '--pod-ip', '$(POD_IP)'];
/** What each container mounts: keys of the release's ConfigMap by path, and volumes that only hold data. Secrets have a rule of their own. */
const known: Record<string, { files: Record<string, string>; folders: string[] }> = {
  monitor: { files: { '/etc/active-eos/monitor.json': 'monitor.json' }, folders: ['/run/signer', '/data'] },
  snapshot: { files: { '/etc/nodeos/fetch-snapshot.sh': 'fetch-snapshot.sh' }, folders: ['/data'] },
  nodeos: {
    files: { '/etc/nodeos/config.ini': 'config.ini', '/etc/nodeos/start.sh': 'start.sh' },
    folders: ['/data', '/run/nodeos', '/run/signer', '/tmp'],
  },
};

export const renderedClaimRules: readonly RenderedRule[] = [
  {
    id: 'rendered-claim',
    title: 'The monitor claims where environment.yaml says, for the node that it is',
    why: 'Two monitors that claim in two places sign the same slot. The prefix, the members of etcd and the names decide where the claim is.',
    mend: "Put back the chart's monitor.json, its mounts, and the arguments of the monitor.",
    level: 'error',
    waivable: false,
    check: subject => {
      if (!isNode(subject)) return [];
      return [...settings(subject), ...podsOf(subject).flatMap(pod => [...started(pod), ...mounts(subject, pod)])];
    },
  },
];

function settings({ release, objects }: RenderedSubject): Breach[] {
  const { chain, etcd, site, zone } = release.values;
  const { id, producer, publicKey } = asMapping(chain);
  const { prefix, endpoints, sites, claimAhead } = asMapping(etcd);
  const map = objects.find(({ kind, name }) => kind === 'ConfigMap' && name === release.name);
  const found = parseJson(textOf(asMapping(map?.value.data)['monitor.json']));
  if (found === undefined) {
    const message = "found no JSON; expected the monitor's settings. Put them back.";
    return [{ object: map, path: settingsPath, message }];
  }
  const expected: [string, unknown, unknown][] = [
    ['node', found.node, release.name],
    ['site', found.site, site],
    ['zone', found.zone, zone],
    ['producer', found.producer, producer],
    ['chainId', found.chainId, id],
    ['publicKey', found.publicKey, publicKey],
    ['prefix', found.prefix, prefix],
    ['claimAhead', found.claimAhead, claimAhead],
    ['nodeosUrl', found.nodeosUrl, 'http://127.0.0.1:8888'],
    ['keyFile', found.keyFile, '/etc/active-eos/key/key'],
    ['soloFolder', found.soloFolder, '/data/active-eos'],
    ['etcd.endpoints', asMapping(found.etcd).endpoints, endpoints],
    ['etcd.sites', asMapping(found.etcd).sites, sites],
  ];
  return expected
    .filter(([, one, other]) => JSON.stringify(one) !== JSON.stringify(other))
    .map(([name, one, other]) => {
      const message = `${name} is ${show(one)}; expected ${show(other)}, as environment.yaml says. Correct the template.`;
      return { object: map, path: settingsPath, message };
    });
}

function show(value: unknown): string {
  return Array.isArray(value) ? value.map(renderFound).join(', ') : renderFound(value);
}

/** undefined when it is none. */
function parseJson(text: string): Record<string, unknown> | undefined {
  try {
    return asMapping(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function started({ object, containers }: RenderedPod): Breach[] {
  return containers
    .filter(
      ({ name, fields }) => name === 'monitor' && JSON.stringify(fields.args) !== JSON.stringify(monitorArguments),
    )
    .map(({ path, fields }) => {
      const message = `found ${show(fields.args)}; expected ${show(monitorArguments)}. Correct the template.`;
      return { object, path: `${path}.args`, message };
    });
}

function mounts({ release }: RenderedSubject, { object, spec, containers }: RenderedPod): Breach[] {
  const volumes = mappingsIn(spec.volumes, []).map(({ fields }) => fields);
  return containers.flatMap(({ name: container, path, fields }) => {
    const { files = {}, folders = [] } = known[container] ?? {};
    const isOwn = ({ name, mountPath, subPath }: Record<string, unknown>): boolean => {
      const { configMap, secret } = volumes.find(each => each.name === name) ?? {};
      if (secret !== undefined) return true;
      if (configMap === undefined) return folders.includes(textOf(mountPath)) && subPath === undefined;
      const { name: map, items } = asMapping(configMap);
      return (
        map === release.name && items === undefined && subPath !== undefined && subPath === files[textOf(mountPath)]
      );
    };
    const all = mappingsIn(fields.volumeMounts, []).map(mount => mount.fields);
    const missing = Object.keys(files).filter(file => all.every(({ mountPath }) => mountPath !== file));
    return [
      ...all
        .filter(mount => !isOwn(mount))
        .map(({ mountPath }): Breach => {
          const message = `found something else here; expected ${Object.keys(files).join(', ')} from the ConfigMap ${release.name}, and volumes at ${folders.join(', ')}. Correct the mount.`;
          return { object, path: `${path}.volumeMounts[${textOf(mountPath)}]`, message };
        }),
      ...missing.map((file): Breach => {
        const message = `found no ${file}; expected it from the ConfigMap ${release.name}. Put it back.`;
        return { object, path: `${path}.volumeMounts`, message };
      }),
    ];
  });
}
