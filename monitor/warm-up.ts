// Goes the whole way of a signature again and again while nodeos asks for none, so that the first block of a holder does not pay for cold
// code and cold connections. What it signs it signs with a key of its own, made at the start and known to nobody; it has no claim and no register.

import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { Nodeos } from '#adapters/nodeos/client.ts';
import { openSigner, renderPrivateKey, type Signer } from '#adapters/signature/k1.ts';
import { claimVersion, renderClaim, type StoredClaim } from '#core/failover/claim.ts';
import { slotAt } from '#core/slots.ts';
import type { Time } from '#core/time.ts';
import { startJournal } from './journal.ts';
import type { Repeater } from './repeat.ts';
import { type KeyedDesk, openSigningDesk } from './signer.ts';

/** So many in quick succession, until each part has been gone through often enough to be compiled; then now and then, to stay so. */
const [manyTimes, quickPeriodMs, periodMs] = [40, 250, 2000];
const answerWithinMs = 1000;

/** The real desk's own code over a made-up tenure. nodeos alone is the real one, and is asked for its head as it is for a block. */
export function openWarmUpDesk(parts: { nodeos: Pick<Nodeos, 'info'>; producer: string; time: Time }): KeyedDesk {
  const { nodeos, producer, time } = parts;
  const signer = openScratchKey();
  // Each time is a tenure of its own: what was signed before it does not count.
  let epoch = 0;
  const desk = openSigningDesk(
    {
      signer,
      register: { swapClaim: async (_, claim) => ({ kind: 'put', stored: toStored(claim) }) },
      // A head ahead of the clock would have it refuse.
      nodeos: {
        info: async deadlineMs => {
          const info = await nodeos.info(deadlineMs);
          return { ...info, headSlot: Math.min(info.headSlot, slotAt(time.wallMs())) };
        },
      },
      journal: startJournal('', () => undefined, time),
      producer,
      time,
    },
    {
      asked: () => undefined,
      tenure: () => {
        const slot = slotAt(time.wallMs()) - 1;
        const stored = toStored({ v: claimVersion, slot, digest: '', holder: '', incarnation: '', epoch: ++epoch });
        const windows = [{ first: 0, last: Number.MAX_SAFE_INTEGER }];
        return { stored, begunWith: stored.text, windows, unnamed: undefined, mayClaimAhead: false };
      },
      claimSeen: () => undefined,
      signed: () => undefined,
      cloned: () => undefined,
      isClockSuspect: () => false,
    },
  );
  return { publicKey: signer.publicKey, desk };
}

/** @param isIdle whether no signature can be asked for at this moment: none shall wait for one of ours */
export function keepWarm(
  socket: string,
  { publicKey }: Pick<KeyedDesk, 'publicKey'>,
  parts: { repeater: Repeater; isIdle: () => boolean },
): void {
  let times = 0;
  parts.repeater.every(
    () => (times < manyTimes ? quickPeriodMs : periodMs),
    async () => {
      if (!parts.isIdle()) return;
      await ask(socket, JSON.stringify([randomBytes(32).toString('hex'), publicKey]));
      times++;
    },
  );
}

/** Over a connection of its own, as nodeos' first request comes. Nothing hangs on the answer. */
function ask(socketPath: string, body: string): Promise<void> {
  return new Promise(resolve => {
    const options = { socketPath, path: '/', method: 'POST', agent: false, timeout: answerWithinMs };
    const outgoing = request(options, response => response.resume().on('end', resolve));
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('close', resolve).on('error', resolve);
    outgoing.end(body);
  });
}

function openScratchKey(): Signer {
  const signer = openSigner(renderPrivateKey(randomBytes(32)));
  // One number in 2^128 is none.
  if ('problem' in signer) throw new Error(`a random key is none: ${signer.problem}`);
  return signer;
}

function toStored(claim: StoredClaim['claim']): StoredClaim {
  return { claim, text: renderClaim(claim), revision: '0' };
}
