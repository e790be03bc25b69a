// The sandbox's wires: a network namespace per site behind the namespace `wan`, and a runner's view of the API servers.
import { spawn } from 'node:child_process';
import { runToEnd } from './component.ts';
import { SandboxError } from './sandbox-error.ts';

/** Where the API server of a site answers. */
export function controlPlaneAddress(octet: number): string {
  return `10.${octet}.0.10`;
}

/** Where the kubelet of a site's node answers; nodes count from 1. */
export function nodeAddress(octet: number, number: number): string {
  return `10.${octet}.0.${10 + number}`;
}

/** The addresses of the pods of a site's node. */
export function podSubnet(octet: number, number: number): string {
  return `10.${octet}.${number}.0/24`;
}

/** Addresses in `wan` for whatever plays the internet; sites reach them, and they reach the sites. */
export const internetAddresses: readonly string[] = Array.from({ length: 11 }, (_, index) => `10.0.0.${10 + index}`);

/** The runner's own address, in the sandbox's first network namespace, and its gateway's in `wan`. */
const runnerAddress = '10.0.0.2';
const runnerGateway = '10.0.0.1';

/** How to start a program in a network namespace. Not `ip netns exec`: that one mounts /sys anew, and the cgroups are gone. */
export function enterNetwork(namespace: string, command: string, args: readonly string[]): [string, string[]] {
  return ['nsenter', [`--net=/run/netns/${namespace}`, command, ...args]];
}

/** Makes the namespace `wan` and the wire from it to the runner. */
export async function connectWan(ip: string): Promise<void> {
  await batch(ip, undefined, [
    'link set lo up',
    'netns add wan',
    'link add runner netns wan type veth peer name wan0',
    `addr add ${runnerAddress}/30 dev wan0`,
    'link set wan0 up',
  ]);
  await batch(ip, 'wan', [
    'link set lo up',
    `addr add ${runnerGateway}/30 dev runner`,
    'link set runner up',
    ...internetAddresses.map(address => `addr add ${address}/32 dev lo`),
  ]);
  await forwardPackets('wan');
}

/** Makes the namespace of a site, with addresses for `nodes` nodes and its API server, and a wire to `wan`. */
export async function connectSite(ip: string, name: string, octet: number, nodes: number): Promise<void> {
  await batch(ip, undefined, [
    `netns add ${name}`,
    `link add w-${name} netns wan type veth peer name wan0 netns ${name}`,
    `route add ${controlPlaneAddress(octet)}/32 via ${runnerGateway}`,
  ]);
  await batch(ip, 'wan', [
    `addr add 10.${octet}.255.1/30 dev w-${name}`,
    `link set w-${name} up`,
    `route add 10.${octet}.0.0/16 via 10.${octet}.255.2`,
  ]);
  const local = [controlPlaneAddress(octet)];
  for (let number = 1; number <= nodes; number++) local.push(nodeAddress(octet, number));
  await batch(ip, name, [
    'link set lo up',
    `addr add 10.${octet}.255.2/30 dev wan0`,
    'link set wan0 up',
    `route add default via 10.${octet}.255.1`,
    ...local.map(address => `addr add ${address}/32 dev lo`),
  ]);
  await forwardPackets(name);
}

/** A hardware address that nobody has: what is sent there is lost without a word to the sender, as on a broken line. */
const nobody = '02:00:00:00:00:01';

/** Which packets of a site are lost: those it sends, those it is sent, or all. */
export type Direction = 'out' | 'in' | 'both';

/** Cuts a site off from everything else. Taking the link down would tell senders at once that there is no route. */
export async function cutSite(ip: string, name: string, octet: number, direction: Direction): Promise<void> {
  await eachEnd(ip, name, octet, direction, (neighbour, link) => [
    `neigh replace ${neighbour} lladdr ${nobody} nud permanent dev ${link}`,
  ]);
}

/** @param direction as it was cut */
export async function mendSite(ip: string, name: string, octet: number, direction: Direction): Promise<void> {
  await eachEnd(ip, name, octet, direction, (neighbour, link) => [`neigh del ${neighbour} dev ${link}`]);
}

/** What is sent to a site leaves from `wan`, what the site sends leaves from its own namespace. */
async function eachEnd(
  ip: string,
  name: string,
  octet: number,
  direction: Direction,
  lines: (neighbour: string, link: string) => string[],
): Promise<void> {
  await Promise.all([
    ...(direction === 'out' ? [] : [batch(ip, 'wan', lines(`10.${octet}.255.2`, `w-${name}`))]),
    ...(direction === 'in' ? [] : [batch(ip, name, lines(`10.${octet}.255.1`, 'wan0'))]),
  ]);
}

/** Makes a node's pods and kubelet fall silent: without it the kernel would close their connections politely, which no dead machine does. */
export async function silenceNode(ip: string, site: string, octet: number, number: number): Promise<void> {
  await batch(ip, site, [
    ...podRules(octet, number).map(rule => `rule add ${rule}`),
    `addr del ${nodeAddress(octet, number)}/32 dev lo`,
    `route add blackhole ${nodeAddress(octet, number)}/32`,
  ]);
}

export async function unsilenceNode(ip: string, site: string, octet: number, number: number): Promise<void> {
  await batch(ip, site, [
    ...podRules(octet, number).map(rule => `rule del ${rule}`),
    `route del blackhole ${nodeAddress(octet, number)}/32`,
    `addr add ${nodeAddress(octet, number)}/32 dev lo`,
  ]);
}

/** Rules and not routes: the bridge's own route would win. */
function podRules(octet: number, number: number): string[] {
  const subnet = podSubnet(octet, number);
  return [`pref 10 to ${subnet} blackhole`, `pref 10 from ${subnet} blackhole`];
}

async function forwardPackets(namespace: string): Promise<void> {
  const [command, args] = enterNetwork(namespace, 'sh', ['-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward']);
  await runToEnd(command, args);
}

/** Runs several `ip` commands in one process; the first that fails ends it. */
function batch(ip: string, namespace: string | undefined, lines: readonly string[]): Promise<void> {
  const args = [...(namespace === undefined ? [] : ['-n', namespace]), '-batch', '-'];
  return new Promise((resolve, reject) => {
    const child = spawn(ip, args, { stdio: ['pipe', 'ignore', 'pipe'], timeout: 10_000, killSignal: 'SIGKILL' });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    const fail = (why: string) =>
      reject(new SandboxError('command-failed', `ip ${args.join(' ')} failed: ${why}\n${lines.join('\n')}`));
    child.once('error', error => fail(error.message));
    child.stdin.once('error', error => fail(error.message));
    child.once('close', code => (code === 0 ? resolve() : fail(errors.trim() || `exit code ${code}`)));
    child.stdin.end(lines.join('\n'));
  });
}
