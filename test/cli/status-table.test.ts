import test from 'ava';
import { renderStatus, renderStatusKey } from '#cli/status-table.ts';
import { readFleetStatus } from '#operations/status.ts';
import { FakeFleet } from '../fakes/fleet.ts';

async function statusOf(fleet: FakeFleet) {
  return await readFleetStatus(fleet, { releases: false });
}

function footOf(text: string): string[] {
  return (text.split('\n\n')[3] ?? '').split('\n');
}

test('a fleet whose monitors do not say has no foot', async t => {
  t.is(renderStatus(await statusOf(FakeFleet.running())).split('\n\n').length, 3);
});

test("the table's foot tells missed slots, blocks that no claim carries and the last clock moves", async t => {
  const fleet = FakeFleet.running();
  fleet.monitorChanges.set('gcp-a', {
    slots: { produced: 1259, missed: 1, unknown: 2 },
    alarms: [{ at: '2026-01-01T00:00:03.000Z', slot: 7, num: 5, id: 'ab' }],
    decisions: [1, 2, 3, 4].map(second => ({
      at: `2026-01-01T00:00:0${second}.000Z`,
      slot: second,
      decision: 'clock moved',
      reason: `moved ${second}0 ms`,
    })),
  });
  const status = await statusOf(fleet);
  t.deepEqual(footOf(renderStatus(status)), [
    'our slots: 1259 with a block, 1 missed, 2 it cannot tell of, since the monitor of gcp-a started',
    'blocks no claim carries: 1, the last of slot 7, seen 2026-01-01 00:00:03Z',
    'clock moves: 4',
    '  2026-01-01 00:00:02Z gcp-a: moved 20 ms',
    '  2026-01-01 00:00:03Z gcp-a: moved 30 ms',
    '  2026-01-01 00:00:04Z gcp-a: moved 40 ms',
  ]);
});

test('a further missed slot is news, a further block of ours is none', async t => {
  const fleet = FakeFleet.running();
  const keyWith = async (produced: number, missed: number) => {
    fleet.monitorChanges.set('gcp-a', { slots: { produced, missed, unknown: 0 } });
    return renderStatusKey(await statusOf(fleet));
  };
  const before = await keyWith(12, 0);
  t.is(await keyWith(24, 0), before);
  t.not(await keyWith(24, 1), before);
});
