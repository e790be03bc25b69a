// Rules on images: by digest, of a version that may run, and reached from the one before.

import { asMapping, type Fields, mappingsIn, type Path, textOf } from '../../environment/outline.ts';
import { type Problem, renderPath } from '../../environment/problem.ts';
import { at, type CheckedRule, type Subject } from '../rule.ts';

interface Image {
  name: 'nodeos' | 'monitor' | 'etcd';
  path: Path;
  text: string;
  /** undefined when it has none. */
  tag: string | undefined;
}

const digest = /@sha256:[0-9a-f]{64}$/;

export const imageRules: readonly CheckedRule[] = [
  {
    id: 'image-digest',
    title: 'Images are named by digest',
    why: 'A tag can be moved: what was reviewed would not be what runs, and a restart would be an upgrade.',
    mend: 'Append the digest that the registry shows, as in image:tag@sha256:….',
    level: 'error',
    waivable: true,
    check: subject => [...imagesOf(subject).flatMap(image => byTag(subject, image)), ...snapshotImages(subject)],
  },
  {
    id: 'image-version',
    title: 'Images have a version that policies.images allows',
    why: 'Versions are allowed once they were tried; a typing error must not bring an untried one to a producer.',
    mend: 'Take an allowed version, or add this one to policies.images after it was tried.',
    level: 'error',
    waivable: true,
    check: subject => imagesOf(subject).flatMap(image => notAllowed(subject, image)),
  },
  {
    id: 'image-held',
    title: 'No image has a version that is on hold',
    why: 'Somebody found that this version does harm.',
    mend: 'Take another version, or lift the hold in policies.holds with a word on why.',
    level: 'error',
    waivable: true,
    check: subject => imagesOf(subject).flatMap(image => held(subject, image)),
  },
  {
    id: 'nodeos-version-jump',
    title: "nodeos' minor version is not changed in place",
    why: 'Another minor version may not read the state on the volume. A node that cannot start is one standby less, and a rollout stops there.',
    mend: 'Try it on a test chain. Then waive this rule with a word on how the state gets over: read as it is, or by a snapshot of the new version.',
    level: 'error',
    waivable: true,
    check: nodeosJump,
  },
  {
    id: 'image-version-told',
    title: 'The version of a new image can be told by its tag',
    why: 'Without it nobody sees whether it is a jump that the state on the volume does not survive.',
    mend: 'Name the image with tag and digest, as in nodeos:v1.2.2@sha256:….',
    level: 'error',
    waivable: true,
    check: untoldVersions,
  },
  {
    id: 'etcd-version-jump',
    title: 'etcd goes up one minor version at a time, and never down',
    why: 'Members of two versions work together only when these are neighbours, and a downgrade needs steps of its own (etcdctl downgrade).',
    mend: 'Go through each minor version in a pull request of its own.',
    level: 'error',
    waivable: false,
    check: etcdJump,
  },
];

function imagesOf({ outline }: Subject): Image[] {
  const entries: [Image['name'], Path, unknown][] = [
    ['nodeos', ['images', 'nodeos'], outline.images.nodeos],
    ['monitor', ['images', 'monitor'], outline.images.monitor],
    ['etcd', ['etcd', 'image'], outline.etcd.image],
  ];
  return entries
    .filter(([, , value]) => typeof value === 'string' && value !== '')
    .map(([name, path, value]) => ({ name, path, text: textOf(value), tag: tagOf(textOf(value)) }));
}

/** `registry:5000/a/b:v1.2@sha256:…` → `v1.2` */
function tagOf(image: string): string | undefined {
  const last = image.replace(digest, '').split('/').at(-1) ?? '';
  return last.includes(':') ? last.split(':').at(-1) : undefined;
}

function byTag(subject: Subject, { path, text }: Image): Problem[] {
  if (digest.test(text)) return [];
  const message = `${renderPath(path)} is ${JSON.stringify(text)}, without a digest; expected one, since a tag can be moved. Append @sha256:… as the registry shows it.`;
  return [at(subject, path, message)];
}

/** The image that fetches a snapshot runs beside the volume of a producer. */
function snapshotImages({ values }: Subject): Problem[] {
  return values.flatMap(({ value, locate }) => {
    const snapshot = asMapping(asMapping(asMapping(value)['block-producer']).snapshot);
    const { url, image } = snapshot;
    if (textOf(url) === '' || (typeof image === 'string' && digest.test(image))) return [];
    const path = ['block-producer', 'snapshot', image === undefined ? 'url' : 'image'];
    const found = image === undefined ? "is not given, and the chart's own has none" : `is ${JSON.stringify(image)}`;
    const message = `block-producer.snapshot.image ${found}; expected an image by digest, as a snapshot is fetched. Append @sha256:… as the registry shows it.`;
    return [locate({ path, at: 'value', message })];
  });
}

function notAllowed(subject: Subject, { name, path, tag }: Image): Problem[] {
  const allowed = asMapping(subject.outline.policies.images)[name];
  if (!Array.isArray(allowed) || (tag !== undefined && allowed.includes(tag))) return [];
  const found = tag === undefined ? 'has no tag, so that its version is not known' : `has the version ${tag}`;
  const message = `${renderPath(path)} ${found}; expected one of policies.images.${name}: ${allowed.join(', ')}. Take one of these, or allow this one.`;
  return [at(subject, path, message)];
}

function held(subject: Subject, { name, path, tag }: Image): Problem[] {
  const hold = mappingsIn(subject.outline.policies.holds, []).find(
    ({ fields }) => fields.image === name && fields.version === tag,
  );
  if (hold === undefined) return [];
  const reason = textOf(hold.fields.reason).replace(/[.\s]+$/, '');
  return [at(subject, path, `${renderPath(path)} has the version ${tag}, which is on hold: ${reason}. Take another.`)];
}

type Version = [number, number, number];

/** `v1.2.2`, `1.2`, `v3.6.14-arm64`; undefined when the tag is no version. */
function versionOf(image: unknown): Version | undefined {
  const match = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,5}))?(?:[-_+.].*)?$/.exec(tagOf(textOf(image)) ?? '');
  return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)] : undefined;
}

function jump(before: Fields | undefined, after: Fields, key: string): { from: Version; to: Version } | undefined {
  const from = versionOf(before?.[key]);
  const to = versionOf(after[key]);
  return from && to ? { from, to } : undefined;
}

function nodeosJump(subject: Subject): Problem[] {
  const found = jump(subject.base?.outline.images, subject.outline.images, 'nodeos');
  if (found === undefined) return [];
  const { from, to } = found;
  if (from[0] === to[0] && from[1] === to[1]) return [];
  const message = `images.nodeos goes from ${from.join('.')} to ${to.join('.')}, another minor version; expected the same, or a waiver that says how the state gets over. Try it on a test chain first.`;
  return [at(subject, ['images', 'nodeos'], message)];
}

function untoldVersions(subject: Subject): Problem[] {
  if (subject.base === undefined) return [];
  const before = imagesOf(subject.base);
  return imagesOf(subject).flatMap(({ name, path, text }) => {
    const old = before.find(each => each.name === name);
    // Where versions are listed, that it has none is told already.
    if (asMapping(subject.outline.policies.images)[name] !== undefined) return [];
    if (name === 'monitor' || versionOf(old?.text) === undefined || versionOf(text) !== undefined) return [];
    const message = `${renderPath(path)} no longer says a version, where it was ${old?.tag}; expected one, so that a jump is seen. Put the tag before the digest.`;
    return [at(subject, path, message)];
  });
}

function etcdJump(subject: Subject): Problem[] {
  const found = jump(subject.base?.outline.etcd, subject.outline.etcd, 'image');
  if (found === undefined) return [];
  const { from, to } = found;
  const isDown = from[0] !== to[0] ? to[0] < from[0] : from[1] !== to[1] ? to[1] < from[1] : to[2] < from[2];
  const isNext = from[0] === to[0] && to[1] - from[1] <= 1;
  if (!isDown && isNext) return [];
  const how = isDown ? 'down' : 'more than one minor version up';
  const message = `etcd.image goes from ${from.join('.')} to ${to.join('.')}, ${how}; expected ${from[0]}.${from[1]} or ${from[0]}.${from[1] + 1}, and no older one. Go step by step.`;
  return [at(subject, ['etcd', 'image'], message)];
}
