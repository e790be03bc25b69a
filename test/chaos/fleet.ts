// Brings up the rehearsal's fleet for the trials: the product's charts, installed by the product; images in which a clock can be set.

import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { parseEnvironment } from '#core/environment/parse.ts';
import { renderProblem } from '#core/environment/problem.ts';
import { openFleet } from '#operations/fleet.ts';
import { installEnvironment } from '#operations/install.ts';
import type { Fleet } from '#operations/ports.ts';
import { otherProducers, type RehearsalFleet, startFleet } from '#rehearsal/fleet/fleet.ts';
import { applicationLayer } from '#rehearsal/images/layers.ts';
import type { Image } from '#rehearsal/images/pack.ts';
import type { InstalledTools } from '#tools/install.ts';

export interface ChaosFleet {
  rehearsal: RehearsalFleet;
  fleet: Fleet;
  /** Ours first. */
  schedule: string[];
}

const environmentFile = 'environments/rehearsal/environment.yaml';
/** One other producer alone: our window comes every 12 s, which leaves the least time between two of them and makes the most of a machine's hours. */
const others = otherProducers.slice(0, 1);
const clockFile = 'test/chaos/clock.ts';

/** @param say told what is going on, and of a part of the sandbox that died */
export async function bringUpFleet(
  tools: InstalledTools,
  { repository, logFolder, claimAhead }: { repository: string; logFolder: string; claimAhead: 0 | 1 },
  say: (text: string) => void,
): Promise<ChaosFleet> {
  const text = await readFile(join(repository, environmentFile), 'utf8');
  const parsed = parseEnvironment(text, environmentFile);
  if (parsed.environment === undefined) throw new Error(parsed.problems.map(renderProblem).join('\n'));
  const rehearsal = await startFleet({
    environment: parsed.environment,
    tools,
    repository,
    logFolder,
    others,
    report: ({ error }) => say(error.message),
    prepareImages: images => addClock(images, repository),
  });
  const checkout = join(rehearsal.sandbox.folder, 'checkout');
  await mkdir(checkout);
  for (const path of ['charts', 'environments/rehearsal'])
    await cp(join(repository, path), join(checkout, path), { recursive: true });
  await shortenSchedule(join(checkout, 'environments/rehearsal/values'));
  const document = parseDocument(text);
  document.setIn(['etcd', 'claimAhead'], claimAhead);
  document.setIn(['chain', 'publicKey'], rehearsal.secrets.publicKey);
  await writeFile(join(checkout, environmentFile), document.toString());
  const fleet = await openFleet({
    environment: 'rehearsal',
    kubeconfig: rehearsal.kubeconfig,
    workingDirectory: checkout,
    helm: tools.path('helm'),
  });
  const installed = await installEnvironment(fleet, { report: say });
  if (installed.kind === 'failed') throw new Error(`the fleet did not come up: ${installed.why}`);
  return { rehearsal, fleet, schedule: [parsed.environment.chain.producer, ...others] };
}

/** The stand-ins are given the schedule by their values. */
async function shortenSchedule(valuesFolder: string): Promise<void> {
  const left = otherProducers.slice(others.length).map(name => `,${name}`);
  for (const name of await readdir(valuesFolder)) {
    const file = join(valuesFolder, name);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replaceAll(left.join(''), ''));
  }
}

/** Node loads the clock before the program, whatever command line the chart gives it. */
async function addClock(images: readonly Image[], repository: string): Promise<Image[]> {
  const clock = await applicationLayer(repository, [clockFile]);
  return images.map(image => {
    if (image.entrypoint[0] !== 'node') return image;
    const options = [image.environment?.NODE_OPTIONS ?? '', `--import=/app/${clockFile}`].join(' ').trim();
    return {
      ...image,
      layers: [...image.layers, clock],
      environment: { ...image.environment, NODE_OPTIONS: options },
    };
  });
}
