// Rules on the objects and pods that a release renders: only what is known, and with no more rights than it needs.

import { asMapping, mappingsIn, textOf } from '../../environment/outline.ts';
import { renderFound } from '../../environment/problem.ts';
import {
  type Breach,
  isNode,
  podPath,
  podsOf,
  type RenderedContainer,
  type RenderedPod,
  type RenderedRule,
  type RenderedSubject,
} from '../rendered.ts';
import { heldToChart } from './safety.ts';

const always = { level: 'error', waivable: false } as const;

/** What our charts are made of. None of them grants rights, runs by itself, or reaches beyond its namespace. */
const knownKinds = [
  'v1 ConfigMap',
  'v1 Service',
  'apps/v1 StatefulSet',
  'policy/v1 PodDisruptionBudget',
  'networking.k8s.io/v1 NetworkPolicy',
  'monitoring.coreos.com/v1 ServiceMonitor',
  'monitoring.coreos.com/v1 PrometheusRule',
];
const knownVolumes = ['configMap', 'secret', 'emptyDir'];

export const renderedPodRules: readonly RenderedRule[] = [
  {
    ...always,
    id: 'rendered-kinds',
    title: 'A release renders the kinds of objects that are known, in its own namespace',
    why: 'A role, a job or a pod of its own would act in the cluster with nobody having decided that it may.',
    mend: 'Take the object out of the chart, or add its kind to core/validation/rules/rendered-pod.ts in a pull request of its own.',
    check: kinds,
  },
  {
    ...always,
    id: 'rendered-containers',
    title: 'A pod has the containers that are known, with the images of environment.yaml',
    why: 'Whatever runs beside the monitor shares its volumes, and what runs in its place has the signing key.',
    mend: "Put back the chart's own containers: monitor and nodeos, one that fetches a snapshot, or etcd.",
    check: subject => podsOf(subject).flatMap(pod => containers(subject, pod)),
  },
  {
    ...always,
    id: 'rendered-stop',
    title: 'There is one pod of a node, with at least 300 s to stop',
    why: 'A second pod would sign for the same claim under the same name. One that is killed while it closes its database has to be restored.',
    mend: 'Put back replicas: 1 and a terminationGracePeriodSeconds of 300 or more.',
    check: subject => podsOf(subject).flatMap(pod => stop(subject, pod)),
  },
  {
    ...always,
    id: 'rendered-rights',
    title: 'A pod has no rights on its machine or its cluster',
    why: 'Whoever is root on the machine, sees the processes of others or speaks to the API server reads the signing key.',
    mend: 'Put back the securityContext of the chart, and volumes of kind configMap, secret and emptyDir.',
    check: subject => podsOf(subject).flatMap(pod => rights(subject, pod)),
  },
];

function kinds(subject: RenderedSubject): Breach[] {
  const { objects, release } = subject;
  const found = objects.flatMap(object => {
    const { apiVersion, kind, namespace } = object;
    const metadata = asMapping(object.value.metadata);
    const hook = Object.keys(asMapping(metadata.annotations)).find(key => key.startsWith('helm.sh/hook'));
    const tell = (path: string, message: string): Breach => ({ object, path, message });
    return [
      ...(knownKinds.includes(`${apiVersion} ${kind}`)
        ? []
        : [tell('kind', `found ${apiVersion} ${kind}; expected one of ${knownKinds.join(', ')}. Remove the object.`)]),
      ...(namespace === '' || namespace === release.namespace
        ? []
        : [tell('metadata.namespace', `found ${namespace}; expected ${release.namespace}. Correct it.`)]),
      ...(hook === undefined
        ? []
        : [
            tell(
              'metadata.annotations',
              `found ${hook}; expected none, since Helm does not keep what a hook applies. Remove it.`,
            ),
          ]),
    ];
  });
  // One on the network of its machine is out of every policy's reach.
  const isPolicyOff = asMapping(release.values.networkPolicy).enabled === false || release.values.hostNetwork === true;
  const needed = ['StatefulSet', ...(isPolicyOff ? [] : ['NetworkPolicy'])];
  const counted = needed.flatMap((kind): Breach[] => {
    const count = objects.filter(object => object.kind === kind).length;
    if (count === 1) return [];
    return [{ object: undefined, path: kind, message: `found ${count} of them; expected one. Correct the chart.` }];
  });
  return [...found, ...counted];
}

function containers(subject: RenderedSubject, { object, containers: all }: RenderedPod): Breach[] {
  const { values } = subject.release;
  const imageOf = (key: string): unknown => asMapping(values[key]).image;
  const isFetched = textOf(asMapping(values.snapshot).url) !== '';
  const known = isNode(subject)
    ? [
        { list: 'initContainers', name: 'monitor', image: imageOf('monitor') },
        ...(isFetched ? [{ list: 'initContainers', name: 'snapshot', image: imageOf('snapshot') }] : []),
        { list: 'containers', name: 'nodeos', image: imageOf('nodeos') },
      ]
    : [{ list: 'containers', name: 'etcd', image: values.image }];
  const missing = known
    .filter(each => all.filter(({ list, name }) => list === each.list && name === each.name).length !== 1)
    .map(({ list, name }): Breach => {
      return {
        object,
        path: `${podPath}.${list}`,
        message: `found no ${name}, or several; expected one. Put it back.`,
      };
    });
  const found = all.flatMap(container => {
    const { list, name, path, fields } = container;
    const own = known.find(each => each.list === list && each.name === name);
    if (own === undefined) {
      const names = known.map(each => `${each.list}[${each.name}]`).join(', ');
      return [{ object, path, message: `found a container that is not known; expected ${names}. Remove it.` }];
    }
    // What the values do not name is the chart's own.
    const isImage = own.image === undefined || own.image === fields.image;
    const message = `found ${renderFound(fields.image)}; expected ${renderFound(own.image)}, which environment.yaml names. Correct the template.`;
    return [...(isImage ? [] : [{ object, path: `${path}.image`, message }]), ...starts(object, container)];
  });
  return [...missing, ...found];
}

/** What a container runs beside its image, and what tells it so. */
function starts(object: RenderedPod['object'], { name, path, fields }: RenderedContainer): Breach[] {
  const commands: Record<string, string[] | undefined> = {
    nodeos: ['sh', '/etc/nodeos/start.sh'],
    snapshot: ['sh', '/etc/nodeos/fetch-snapshot.sh'],
    etcd: ['etcd'],
  };
  const variables = { nodeos: ['POD_IP'], monitor: ['POD_IP'], snapshot: ['SNAPSHOT_URL', 'SNAPSHOT_SHA256'] };
  const tell = (field: string, found: string, expected: string): Breach => {
    return { object, path: `${path}.${field}`, message: `found ${found}; expected ${expected}. Correct the template.` };
  };
  const command = commands[name];
  const isCommand = JSON.stringify(fields.command) === JSON.stringify(command);
  const names: string[] = Object.entries(variables).find(([key]) => key === name)?.[1] ?? [];
  const strange = mappingsIn(fields.env, []).filter(each => !names.includes(textOf(each.fields.name)));
  const executed = ['lifecycle', 'startupProbe', 'livenessProbe', 'readinessProbe'].filter(key =>
    holdsExec(fields[key]),
  );
  return [
    ...(isCommand
      ? []
      : [tell('command', 'another command', command === undefined ? "the image's own" : command.join(' '))]),
    ...strange.map(each => tell('env', textOf(each.fields.name), names.join(', ') || 'no variables')),
    ...(fields.envFrom === undefined ? [] : [tell('envFrom', 'variables from elsewhere', 'none')]),
    ...executed.map(key => tell(key, 'exec', 'httpGet alone, since a command would run with all that is mounted')),
  ];
}

function holdsExec(value: unknown): boolean {
  const fields = asMapping(value);
  return 'exec' in fields || Object.values(fields).some(inner => 'exec' in asMapping(inner));
}

function stop(subject: RenderedSubject, { object, spec }: RenderedPod): Breach[] {
  const { replicas } = asMapping(object.value.spec);
  const seconds = spec.terminationGracePeriodSeconds;
  const { leastGraceSeconds } = heldToChart;
  const isLong = !isNode(subject) || (typeof seconds === 'number' && seconds >= leastGraceSeconds);
  return [
    ...(replicas === 1
      ? []
      : [
          {
            object,
            path: 'spec.replicas',
            message: `found ${renderFound(replicas)}; expected 1. Correct the template.`,
          },
        ]),
    ...(isLong
      ? []
      : [
          {
            object,
            path: `${podPath}.terminationGracePeriodSeconds`,
            message: `found ${renderFound(seconds)}; expected at least ${leastGraceSeconds}. Raise it.`,
          },
        ]),
  ];
}

function rights(subject: RenderedSubject, { object, spec, containers: all }: RenderedPod): Breach[] {
  const tell = (path: string, found: unknown, expected: string): Breach => {
    return { object, path, message: `found ${renderFound(found)}; expected ${expected}. Correct the template.` };
  };
  const shared = ['hostPID', 'hostIPC', 'shareProcessNamespace', ...(isNode(subject) ? ['hostNetwork'] : [])];
  const volumes = mappingsIn(spec.volumes, []).flatMap(({ fields }) => {
    const strange = Object.keys(fields).find(key => key !== 'name' && !knownVolumes.includes(key));
    return strange === undefined
      ? []
      : [tell(`${podPath}.volumes[${textOf(fields.name)}]`, strange, knownVolumes.join(', '))];
  });
  const security = asMapping(spec.securityContext);
  return [
    ...shared
      .filter(key => spec[key] !== undefined && spec[key] !== false)
      .map(key => tell(`${podPath}.${key}`, spec[key], 'none')),
    ...(spec.automountServiceAccountToken === false
      ? []
      : [tell(`${podPath}.automountServiceAccountToken`, spec.automountServiceAccountToken, 'false')]),
    ...(spec.serviceAccountName === undefined
      ? []
      : [tell(`${podPath}.serviceAccountName`, spec.serviceAccountName, 'none')]),
    ...(security.runAsNonRoot === true
      ? []
      : [tell(`${podPath}.securityContext.runAsNonRoot`, security.runAsNonRoot, 'true')]),
    ...volumes,
    ...all.flatMap(({ path, fields }) => {
      const { privileged, allowPrivilegeEscalation, runAsNonRoot, runAsUser, capabilities } = asMapping(
        fields.securityContext,
      );
      const at = `${path}.securityContext`;
      return [
        ...(privileged === undefined || privileged === false ? [] : [tell(`${at}.privileged`, privileged, 'none')]),
        ...(allowPrivilegeEscalation === false
          ? []
          : [tell(`${at}.allowPrivilegeEscalation`, allowPrivilegeEscalation, 'false')]),
        ...(runAsNonRoot === undefined || runAsNonRoot === true
          ? []
          : [tell(`${at}.runAsNonRoot`, runAsNonRoot, 'true')]),
        ...(runAsUser === 0 ? [tell(`${at}.runAsUser`, runAsUser, 'another user than root')] : []),
        ...(asMapping(capabilities).add === undefined
          ? []
          : [tell(`${at}.capabilities.add`, asMapping(capabilities).add, 'none')]),
      ];
    }),
  ];
}
