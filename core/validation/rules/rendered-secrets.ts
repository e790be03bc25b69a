// Rules on the Secrets that rendered pods name: the signing key and etcd's certificate are the monitor's alone.

import { asMapping, type Fields, mappingsIn, textOf } from '../../environment/outline.ts';
import {
  type Breach,
  isNode,
  podPath,
  podsOf,
  type RenderedPod,
  type RenderedRule,
  type RenderedSubject,
} from '../rendered.ts';

export const renderedSecretRules: readonly RenderedRule[] = [
  {
    id: 'rendered-secrets',
    title: 'Each Secret is mounted in the one container that needs it, and nowhere else',
    why: 'The monitor signs only what is claimed. Whoever else has the signing key signs without asking, and with the certificate for etcd claims can be forged.',
    mend: "Take the reference out of the chart; the key's Secret belongs into the container monitor alone.",
    level: 'error',
    waivable: false,
    check: subject => [
      ...subject.objects.flatMap(object => strays(subject, object)),
      ...podsOf(subject).flatMap(pod => mounts(subject, pod)),
    ],
  },
];

/** Secrets by name, and the container that mounts each. */
function ownersOf(subject: RenderedSubject): Map<string, string> {
  const { values } = subject.release;
  const owners: [unknown, string][] = isNode(subject)
    ? [
        [values.finalizerSecret, 'nodeos'],
        [asMapping(values.etcd).clientSecret, 'monitor'],
        [values.keySecret, 'monitor'],
      ]
    : [[values.serverSecret, 'etcd']];
  return new Map(
    owners.map(([name, owner]): [string, string] => [textOf(name), owner]).filter(([name]) => name !== ''),
  );
}

/** References anywhere but in a pod's volumes, which {@link mounts} looks at: variables, monitors of Prometheus, other volumes. */
function strays(subject: RenderedSubject, object: RenderedSubject['objects'][number]): Breach[] {
  const owners = ownersOf(subject);
  return referencesIn(object.value.spec, 'spec', false, owners)
    .filter(
      ({ path }) =>
        object.kind !== 'StatefulSet' || !/^spec\.template\.spec\.volumes\[\d+\]\.secret\.secretName$/.test(path),
    )
    .map(({ path, name }) => {
      const message = `found a reference to the Secret ${name}; expected Secrets as volumes alone, in the container they are for. Remove it.`;
      return { object, path, message };
    });
}

interface Reference {
  path: string;
  name: string;
}

/** Names below a field that speaks of secrets, and a Secret of ours by name and key wherever it stands. */
function referencesIn(value: unknown, path: string, isSecret: boolean, owners: Map<string, string>): Reference[] {
  if (Array.isArray(value))
    return value.flatMap((item, index) => referencesIn(item, `${path}[${index}]`, isSecret, owners));
  const fields = asMapping(value);
  const named = textOf(fields.name);
  const own =
    (isSecret && named !== '') || (owners.has(named) && 'key' in fields) ? [{ path: `${path}.name`, name: named }] : [];
  return [
    ...own,
    ...Object.entries(fields).flatMap(([key, inner]): Reference[] => {
      // Of an image's registry: used by the kubelet, and by no container.
      if (key === 'imagePullSecrets') return [];
      const speaks = /secret/i.test(key);
      if (speaks && typeof inner === 'string') return [{ path: `${path}.${key}`, name: inner }];
      return referencesIn(inner, `${path}.${key}`, speaks, owners);
    }),
  ];
}

function mounts(subject: RenderedSubject, { object, spec, containers }: RenderedPod): Breach[] {
  const owners = ownersOf(subject);
  const volumes = mappingsIn(spec.volumes, []).flatMap(({ fields }) => {
    const secret = textOf(asMapping(fields.secret).secretName);
    return secret === '' ? [] : [{ volume: textOf(fields.name), secret }];
  });
  const unknown = volumes
    .filter(({ secret }) => !owners.has(secret))
    .map(({ volume, secret }): Breach => {
      const message = `found the Secret ${secret}; expected none but ${[...owners.keys()].join(', ')}, which environment.yaml names. Remove the volume.`;
      return { object, path: `${podPath}.volumes[${volume}]`, message };
    });
  const elsewhere = containers.flatMap(({ name, list, path, fields }) =>
    volumes
      .filter(({ volume, secret }) => mountsVolume(fields, volume) && owners.get(secret) !== undefined)
      .filter(
        ({ secret }) => owners.get(secret) !== name || list !== (name === 'monitor' ? 'initContainers' : 'containers'),
      )
      .map(({ volume, secret }): Breach => {
        const message = `found the Secret ${secret} mounted here; expected it in the container ${owners.get(secret)} alone. Remove the mount.`;
        return { object, path: `${path}.volumeMounts[${volume}]`, message };
      }),
  );
  const missing = [...owners]
    .filter(([secret, owner]) =>
      volumes.every(
        each =>
          each.secret !== secret ||
          !containers.some(({ name, fields }) => name === owner && mountsVolume(fields, each.volume)),
      ),
    )
    .map(([secret, owner]): Breach => {
      const message = `found no mount of the Secret ${secret} in the container ${owner}; expected one, since it cannot do its work without. Mount it.`;
      return { object, path: `${podPath}.volumes`, message };
    });
  return [...unknown, ...elsewhere, ...missing];
}

function mountsVolume({ volumeMounts, volumeDevices }: Fields, volume: string): boolean {
  return [volumeMounts, volumeDevices].some(list => mappingsIn(list, []).some(({ fields }) => fields.name === volume));
}
