// The command `npm run chaos` without its fleet: what it takes, what it calls whole, how it judges and tells.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import type { MonitorStatus } from '#core/failover/status.ts';
import { slotAt, slotStartMs } from '#core/slots.ts';
import { parseInputs } from './arguments.ts';
import { seedChance } from './chance.ts';
import { judgeTrial, renderDetails, renderTable, type Trial } from './report.ts';
import { parseProduced } from './signed-log.ts';
import { type FleetView, findLack } from './whole.ts';

const path = (name: string) => new URL(name, import.meta.url).pathname;

test('without arguments every fault is tried once, into output/chaos', t => {
  const inputs = {
    faults: ['a', 'b'],
    trials: 1,
    seed: 1,
    claimAhead: 0,
    output: 'output/chaos',
    publish: undefined,
    list: false,
  };
  t.deepEqual(parseInputs([], ['a', 'b']), inputs);
  t.deepEqual(parseInputs(['--fault', 'b', '--trials', '20', '--seed', '7', '--output', 'x'], ['a', 'b']), {
    ...inputs,
    faults: ['b'],
    trials: 20,
    seed: 7,
    output: 'x',
  });
});

const refuses = test.macro((t: ExecutionContext, args: string[], problem: RegExp) => {
  const inputs = parseInputs(args, ['a']);
  t.regex('problem' in inputs ? inputs.problem : '', problem);
});
test('a fault that there is not is refused', refuses, ['--fault', 'b'], /--fault b: there is no such fault/);
test('no trials at all are refused', refuses, ['--trials', '0'], /--trials 0: expected a whole number from 1 to 1000/);
test('a number that is none is refused', refuses, ['--trials', '1e2'], /--trials 1e2: expected/);
test('a negative seed is refused', refuses, ['--seed=-1'], /--seed -1: expected/);
test('an unknown option is refused', refuses, ['--trails', '2'], /--trails/);
test('an empty folder name is refused', refuses, ['--output='], /--output is empty/);

test('the command refuses bad input with exit code 2, and lists its faults', async t => {
  const run = promisify(execFile);
  const refused = await t.throwsAsync<Error & { code: number; stderr: string }>(
    run(process.execPath, [path('main.ts'), '--fault', 'rain']),
  );
  t.is(refused?.code, 2);
  t.regex(refused?.stderr ?? '', /--fault rain[\s\S]*usage: npm run chaos/);
  const { stdout } = await run(process.execPath, [path('main.ts'), '--list']);
  const names = stdout
    .trim()
    .split('\n')
    .map(line => line.split(' ')[0]);
  t.is(new Set(names).size, names.length);
  for (const name of [
    'nothing',
    'kill-both-inside',
    'stop-monitor-40s',
    'partition-etcd-leader',
    'clock-holder-ahead-10s',
  ])
    t.true(names.includes(name), name);
});

test('the same seed and words give the same chance, others another', t => {
  const draw = (...words: [number, string, number]) => {
    const chance = seedChance(...words);
    return Array.from({ length: 20 }, () => chance.between(0, 999));
  };
  t.deepEqual(draw(1, 'a', 1), draw(1, 'a', 1));
  t.notDeepEqual(draw(1, 'a', 1), draw(1, 'a', 2));
  t.notDeepEqual(draw(1, 'a', 1), draw(2, 'a', 1));
  const numbers = Array.from({ length: 200 }, (_, index) => seedChance(index, 'b').between(3, 5));
  t.deepEqual(
    [...new Set(numbers)].toSorted((a, b) => a - b),
    [3, 4, 5],
  );
});

const slot = (number: number, verdict: 'signed' | 'missed' | 'double', ids: string[]) => ({
  slot: number,
  verdict,
  nodes: ids.map(() => 'aws-a'),
  ids,
  onChain: verdict === 'signed',
});
const slots = [slot(1, 'signed', ['a']), slot(2, 'missed', []), slot(3, 'missed', ['b'])];
const counted = { from: 0, to: 10 };
const judgement = { ourSlots: 3, missedSlots: [2, 3], doubleSignedSlots: [], pendingSlots: [], slots };

test('a missed slot is counted, a block that left the chain is a problem unless its fault takes blocks away', t => {
  const facts = { judgement, doubleInLogs: [], problem: undefined, counted };
  const plain = judgeTrial({ ...facts, mayFork: false });
  t.like(plain, { missedSlots: 2, doubleSignedSlots: 0, forkedSlots: 1, ourSlots: 3 });
  t.deepEqual(plain.problems, ['the block of aws-a at slot 3 left the chain']);
  t.deepEqual(judgeTrial({ ...facts, mayFork: true }).problems, []);
});

test('slots missed while a fault was prepared or undone do not count', t => {
  const facts = { judgement, doubleInLogs: [], problem: undefined, mayFork: true };
  t.is(judgeTrial({ ...facts, counted: { from: 3, to: 4 } }).missedSlots, 1);
  t.is(judgeTrial({ ...facts, counted: { from: 1, to: 2 } }).missedSlots, 1);
});

test('a slot signed twice is a problem of every fault, also when only the nodes themselves know of it', t => {
  const double = { ...judgement, missedSlots: [], doubleSignedSlots: [3], slots: [slot(3, 'double', ['b', 'c'])] };
  const facts = { mayFork: true, problem: undefined, counted };
  t.deepEqual(judgeTrial({ ...facts, judgement: double, doubleInLogs: [3] }).problems, ['slot 3 was signed twice']);
  const hidden = judgeTrial({ ...facts, judgement: { ...judgement, missedSlots: [], slots: [] }, doubleInLogs: [9] });
  t.like(hidden, { doubleSignedSlots: 1, problems: ['slot 9 was signed twice'] });
});

test('a wait that came to its bound is a problem', t => {
  const facts = { judgement: { ...judgement, slots: [] }, doubleInLogs: [], mayFork: true, counted };
  t.deepEqual(judgeTrial({ ...facts, problem: 'not whole' }).problems, ['not whole']);
});

const trial = (fault: string, missedSlots: number, more: Partial<Trial> = {}): Trial => ({
  fault,
  missedSlots,
  doubleSignedSlots: 0,
  note: 'a note',
  forkedSlots: 0,
  ourSlots: 12,
  trial: 1,
  seed: 1,
  claimAhead: 0,
  startedAt: '2026-11-25T00:00:00.000Z',
  seconds: 24,
  recoverySeconds: 2,
  problems: [],
  slots: { missed: [], doubleSigned: [], forked: [] },
  ...more,
});

test('the table has a row for each fault, with median, maximum and distribution', t => {
  const trials = [
    trial('kill', 0),
    trial('kill', 3, { recoverySeconds: 6.5 }),
    trial('kill', 0),
    trial('stop', 12, { doubleSignedSlots: 1, recoverySeconds: null, problems: ['slot 5 was signed twice'] }),
  ];
  const rows = renderTable(trials)
    .split('\n')
    .slice(2)
    .map(line =>
      line
        .split('|')
        .slice(1, -1)
        .map(cell => cell.trim()),
    );
  t.deepEqual(rows, [
    ['kill', '3', '0', '3', '0×2 3×1', '0', '0', '2.0', '6.5', '0'],
    ['stop', '1', '12', '12', '12×1', '1', '0', 'never', 'never', '1'],
  ]);
  t.regex(renderDetails(trials), /stop, trial 1, seed 1: slot 5 was signed twice/);
  t.regex(renderDetails(trials), /kill, trial 1, seed 1: 3 of 12 missed; a note/);
});

const nowMs = slotStartMs(slotAt(Date.now()));
const node = (name: string, role: 'holding' | 'standby') => ({
  node: name,
  role,
  eligible: true,
  why: [] as string[],
  claim: { holder: 'a' },
  nodeos: { alive: true, paused: role !== 'holding', headSlot: slotAt(nowMs) - 1 },
  nodes: [
    { role: 'holding', eligible: true },
    { role: 'standby', eligible: true },
  ],
});
const view = (a: object, b: object | undefined, member: object = {}): FleetView => ({
  nodes: [
    { name: 'a', status: { ...node('a', 'holding'), ...a } as unknown as MonitorStatus },
    { name: 'b', status: b && ({ ...node('b', 'standby'), ...b } as unknown as MonitorStatus) },
  ],
  members: [{ name: 'm', status: { memberId: '1', leaderId: '1', errors: [], ...member } }],
  nowMs,
});
const lacks = test.macro((t: ExecutionContext, fleet: FleetView, lack: RegExp) => {
  t.regex(findLack(fleet) ?? '', lack);
});
test('a fleet with a holder that signs, standbys that could, and all of etcd is whole', t => {
  t.is(findLack(view({}, {})), undefined);
});
test('a silent monitor is missing', lacks, view({}, undefined), /monitor of b does not answer/);
test('two holders are one too many', lacks, view({}, { role: 'holding' }), /2 nodes hold the claim/);
test('a paused holder does not sign', lacks, view({ nodeos: { ...node('a', 'standby').nodeos } }, {}), /is paused/);
test(
  'a standby that is not eligible is missing',
  lacks,
  view({}, { eligible: false, why: ['lag'] }),
  /not eligible: lag/,
);
test('a standby must know the holder', lacks, view({}, { claim: { holder: 'b' } }), /b believes that b holds/);
test(
  'the holder must know its standbys',
  lacks,
  view({ nodes: [{ role: 'holding' }, { role: 'starting' }] }, {}),
  /0 eligible/,
);
test('an etcd without a leader is not whole', lacks, view({}, {}, { leaderId: '0' }), /do not agree on a leader/);
test('an etcd with an alarm is not whole', lacks, view({}, {}, { errors: ['NOSPACE'] }), /NOSPACE/);

test("what a node made is read from its log, others' blocks are not", t => {
  const line = (what: string, by: string) =>
    `info  2026-11-25T00:00:00.000 nodeos    controller.cpp:3592           log_applied          ] ${what} block 0123456789abcdef... #7 @ 2026-11-25T00:00:00.500 signed by ${by} [trxs: 0]\n`;
  const text = line('Produced', 'ours') + line('Received', 'ours') + line('Produced', 'theirs');
  t.deepEqual(parseProduced(text, 'ours'), [
    { slot: slotAt(Date.parse('2026-11-25T00:00:00.500Z')), id: '0123456789abcdef' },
  ]);
});

test('the relay passes everything on in its order, each way later by its delay', async t => {
  const echo = createServer(socket => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const { port } = echo.address() as { port: number };
  const delayMs = 40;
  const lines = JSON.stringify([{ from: '127.0.0.1:0', to: `127.0.0.1:${port}`, delayMs }]);
  const relay = spawn(process.execPath, [path('delay-relay.ts'), lines], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => {
    relay.kill('SIGKILL');
    echo.close();
  });
  const [said] = (await once(createInterface({ input: relay.stdout }), 'line')) as [string];
  const { ports } = JSON.parse(said) as { ports: number[] };
  const socket = connect(ports[0] ?? 0, '127.0.0.1');
  const startedMs = performance.now();
  socket.write('first ');
  socket.end('second');
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  t.is(text, 'first second');
  t.true(performance.now() - startedMs >= 2 * delayMs);
});
