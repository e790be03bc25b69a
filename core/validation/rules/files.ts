// Rules that are checked while the files are read: core/environment finds their breaches, and a rollout refuses them as well.

import type { Rule } from '../rule.ts';

const always = { level: 'error', waivable: false } as const;

export const fileRules: readonly Rule[] = [
  {
    ...always,
    id: 'plain-file',
    title: 'environments/ and charts/ hold plain files of a size that a person writes',
    why: 'A link may lead out of the repository: Helm would follow it, and put what it finds into what it renders. A submodule or a huge file is not read at all.',
    mend: 'Put the content itself into the file, and keep what is large elsewhere.',
  },
  {
    ...always,
    id: 'chart-parts',
    title: 'A chart of ours has no crds/, no subcharts and no dependencies',
    why: 'Helm installs crds/ without rendering it, so that no diff would show it, and a subchart brings objects that were reviewed elsewhere or not at all.',
    mend: 'Put the object into templates/, or install what the cluster needs by other means.',
  },
  {
    ...always,
    id: 'chart-steady',
    title: 'A template renders in the cluster as it does here',
    why: 'What it asks of the cluster, of the clock or of chance is answered otherwise there: the diff and the rules would judge something that is not installed.',
    mend: 'Use values, and of .Release its Name, Namespace and Service alone.',
  },
  {
    ...always,
    id: 'text-file',
    title: 'What is read is text in UTF-8',
    why: 'Of other bytes each program makes something else.',
    mend: 'Save the file as UTF-8.',
  },
  {
    ...always,
    id: 'environment-folder',
    title: 'Each folder in environments/ holds an environment.yaml, and can be named in a workflow',
    why: 'The name of the folder is the name of the environment: workflows, claims and clusters carry it. A folder without the file is no environment.',
    mend: 'Add the file, or rename the folder with a-z, 0-9 and -.',
  },
  {
    ...always,
    id: 'yaml',
    title: 'Each file is YAML that can be read',
    why: 'What cannot be read cannot be checked. Aliases are not followed, since a small file could grow to gigabytes by them.',
    mend: 'Correct the line that is named.',
  },
  {
    ...always,
    id: 'merge-conflict',
    title: 'No file holds the marks of a merge conflict',
    why: 'One of the two sides is wrong, and nobody has decided which.',
    mend: 'Resolve the conflict and remove the lines <<<<<<<, ======= and >>>>>>>.',
  },
  {
    ...always,
    id: 'schema',
    title: 'Every key is known and its value has the right form',
    why: 'A misspelled key is silently without effect.',
    mend: 'Write what the message expects; environments/example/environment.yaml explains each key.',
  },
  {
    ...always,
    id: 'values-file',
    title: "A values file is named after a cluster and holds values by the chart's name",
    why: 'A file of another name is read by nobody.',
    mend: 'Name it values/<cluster>.yaml, with the keys block-producer and etcd.',
  },
  {
    ...always,
    id: 'computed-value',
    title: 'A values file sets nothing that environment.yaml decides',
    why: 'Two places that say one thing will say two.',
    mend: 'Remove the key from the values file.',
  },
  {
    ...always,
    id: 'unique-names',
    title: 'No two clusters, contexts, nodes or etcd members share a name',
    why: 'A node is known by its name: in the claim, in presences, as a Helm release and by its volume.',
    mend: 'Rename one.',
  },
  {
    ...always,
    id: 'etcd-addresses',
    title: 'No two etcd members share an address and port',
    why: 'One of them would be asked twice, and the other never: the majority would be an illusion.',
    mend: 'Give each member an address of its own.',
  },
  {
    ...always,
    id: 'zones-distinct',
    title: 'The nodes of a cluster stand in distinct zones',
    why: 'A zone may be lost, and with it every node in it.',
    mend: 'Put one of the nodes into another zone.',
  },
  {
    ...always,
    id: 'finalizer-key-shared',
    title: 'No two nodes vote with one BLS key',
    why: "Votes are not fenced by the claim. Two nodes with one finalizer key can vote against each other, which breaks finality's safety.",
    mend: 'Make a key for each node, register all of them by regfinkey, and name one Secret per node.',
  },
  {
    ...always,
    id: 'no-producers',
    title: 'At least one cluster has a node',
    why: 'Without one nobody signs.',
    mend: 'Add nodes to a cluster.',
  },
  {
    ...always,
    id: 'etcd-quorum',
    title: 'etcd keeps its majority when any one site, and any one cloud, is lost',
    why: 'Without a majority nobody may claim a slot, so nobody signs.',
    mend: 'Have an odd number of members in at least three sites of at least three clouds; a witness on one small machine will do.',
  },
  {
    ...always,
    id: 'rollout-order',
    title: 'rollout.order names every cluster with nodes once',
    why: 'A cluster that is left out is never upgraded.',
    mend: 'Add it where its turn is.',
  },
  {
    ...always,
    id: 'etcd-election',
    title: "etcd's election timeout is at least five heartbeats",
    why: 'etcd refuses to start otherwise.',
    mend: 'Raise etcd.election to ten heartbeats.',
  },
];
