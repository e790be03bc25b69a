// Talks to one cluster by the helm command line: renders, applies and rolls back releases, and tells what is deployed.
// It never waits for pods: whether a node is ready is judged by who rolls out.

import type { Release } from '#core/environment/environment.ts';
import { HelmError } from './error.ts';
import { runHelm } from './run.ts';
import { renderChart } from './template.ts';

export interface HelmOptions {
  /** Path of helm 4, or `helm` for the one on PATH. */
  binary: string;
  kubeconfig: string;
  context: string;
  /** Folder that the releases' chart paths are relative to. */
  root: string;
  /** The longest that one command may take. */
  timeoutSeconds?: number;
}

/** A release's name and namespace. */
export type ReleaseName = Pick<Release, 'name' | 'namespace'>;

export interface Revision {
  revision: number;
  /** helm's word: deployed, superseded, failed, pending-install, pending-upgrade, pending-rollback, … */
  status: string;
  /** Name and version, such as `block-producer-0.1.0`. */
  chart: string;
  description: string;
  /** When it was made, ISO 8601. */
  updated: string;
}

export interface DeployedRelease {
  revision: number;
  status: string;
  chart: string;
  /** What the one who applied it wrote. */
  description: string;
  /** All its objects as YAML: what `template` rendered at that time. */
  manifest: string;
  /** The values given, without the chart's own. */
  values: Record<string, unknown>;
}

const defaultTimeoutSeconds = 60;
/** helm's own limit is for one operation of several. */
const graceSeconds = 10;
/** Ten revisions are enough to find the last good one; each is a Secret in the cluster. */
const applyFlags = ['--server-side=true', '--force-conflicts', '--history-max=10'];

/** The part of `helm status` that is read. */
interface Status {
  manifest: string;
  config?: Record<string, unknown>;
}

/** One cluster's releases. Every method throws a {@link HelmError}. */
export class Helm {
  readonly #options: HelmOptions;

  constructor(options: HelmOptions) {
    this.#options = options;
  }

  /**
   * Applies a release, creating it and its namespace when needed; returns its new revision. Git is how the fleet is run: fields that somebody
   * else has changed are taken back. A release that a helm has left pending for longer than any may take is recovered first.
   * @param description kept with the revision
   */
  async upgradeInstall(release: Release, description?: string): Promise<number> {
    const what = ['upgrade', release.name, `./${release.chart}`, '--install', '--create-namespace', '--values=-'];
    // What `template` does not show is not installed either.
    const how = ['--skip-crds', ...applyFlags, this.#timeoutFlag(), '--output=json', ...this.#target(release)];
    const why = description === undefined ? [] : [`--description=${description}`];
    const apply = () => this.#run([...what, ...why, ...how], JSON.stringify(release.values));
    const output = await this.#withRecovery(release, apply);
    return (parseOutput(output, 'upgrade') as { version: number }).version;
  }

  /** The manifests that a release would apply, as one YAML text. Needs no cluster. */
  async template(release: Release): Promise<string> {
    const { binary, root } = this.#options;
    return renderChart({ binary, root, timeoutMs: (this.#timeoutSeconds() + graceSeconds) * 1000 }, release);
  }

  /** Every revision kept, oldest first; none when the release does not exist. */
  async history(release: ReleaseName): Promise<Revision[]> {
    const output = await this.#runIfExists(['history', release.name, '--output=json', ...this.#target(release)]);
    if (output === undefined) return [];
    return (parseOutput(output, 'history') as Revision[])
      .map(({ revision, status, chart, description, updated }) => ({ revision, status, chart, description, updated }))
      .sort((a, b) => a.revision - b.revision);
  }

  /** What the newest revision holds; undefined when the release does not exist. */
  async deployed(release: ReleaseName): Promise<DeployedRelease | undefined> {
    const newest = (await this.history(release)).at(-1);
    if (!newest) return undefined;
    const command = ['status', release.name, `--revision=${newest.revision}`, '--output=json'];
    const output = await this.#runIfExists([...command, ...this.#target(release)]);
    if (output === undefined) return undefined;
    const { manifest, config } = parseOutput(output, 'status') as Status;
    // The command line ends the manifest with one line more than `template` does.
    return { ...newest, manifest: manifest.replace(/\n+$/, '\n'), values: config ?? {} };
  }

  /** Applies an earlier revision again, as a new one. */
  async rollback(release: ReleaseName, revision: number): Promise<void> {
    await this.#withRecovery(release, () => this.#rollBack(release, revision));
  }

  /**
   * Frees a release whose last operation was killed in the middle (`busy`): rolls back to the last revision that was deployed, or removes the
   * release when none ever was. Volumes stay; the pod may be restarted by it. Only for somebody who knows that no other helm is at work.
   */
  async recover(release: ReleaseName): Promise<'nothing to do' | 'rolled back' | 'removed'> {
    const revisions = await this.history(release);
    if (!revisions.at(-1)?.status.startsWith('pending-')) return 'nothing to do';
    const good = revisions.findLast(({ status }) => status === 'deployed' || status === 'superseded');
    if (good) {
      await this.#rollBack(release, good.revision);
      return 'rolled back';
    }
    await this.uninstall(release);
    return 'removed';
  }

  /** Removes a release; its volumes stay. */
  async uninstall(release: ReleaseName): Promise<void> {
    await this.#run(['uninstall', release.name, '--ignore-not-found', this.#timeoutFlag(), ...this.#target(release)]);
  }

  /** A helm that was killed leaves its release `busy` for ever: one that has been at it for longer than any may is dead. */
  async #withRecovery(release: ReleaseName, work: () => Promise<string>): Promise<string> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof HelmError) || error.code !== 'busy') throw error;
      const newest = (await this.history(release)).at(-1);
      const limitMs = (this.#timeoutSeconds() + graceSeconds) * 1000;
      if (!newest || Date.now() - Date.parse(newest.updated) < limitMs) throw error;
      await this.recover(release);
      return work();
    }
  }

  #rollBack(release: ReleaseName, revision: number): Promise<string> {
    const what = ['rollback', release.name, String(revision)];
    return this.#run([...what, ...applyFlags, this.#timeoutFlag(), ...this.#target(release)]);
  }

  async #runIfExists(args: string[]): Promise<string | undefined> {
    try {
      return await this.#run(args);
    } catch (error) {
      if (error instanceof HelmError && error.code === 'not-found') return undefined;
      throw error;
    }
  }

  #run(args: string[], stdin?: string): Promise<string> {
    const { binary, root } = this.#options;
    return runHelm({
      binary,
      root,
      args,
      stdin: stdin ?? '',
      timeoutMs: (this.#timeoutSeconds() + graceSeconds) * 1000,
    });
  }

  #target({ namespace }: ReleaseName): string[] {
    const { kubeconfig, context } = this.#options;
    return [`--namespace=${namespace}`, `--kubeconfig=${kubeconfig}`, `--kube-context=${context}`];
  }

  #timeoutFlag(): string {
    return `--timeout=${this.#timeoutSeconds()}s`;
  }

  #timeoutSeconds(): number {
    return this.#options.timeoutSeconds ?? defaultTimeoutSeconds;
  }
}

function parseOutput(output: string, command: string): unknown {
  try {
    return JSON.parse(output);
  } catch (error) {
    const found = output.slice(0, 200);
    throw new HelmError('failed', `helm ${command} answered no JSON but ${JSON.stringify(found)}. Use helm 4.`, error);
  }
}
