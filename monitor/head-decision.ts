// Asks nodeos, which waits for its signature meanwhile, for the head that it builds on, and decides by it.

import { type Nodeos, NodeosError } from '#adapters/nodeos/client.ts';
import { decideSigning, type Head, type SigningDecision, type SigningFacts } from '#core/failover/signing.ts';
import { slotAt } from '#core/slots.ts';

const deadlineMs = 150;

/** @param onHead is told of the head before anything is decided */
export async function askHead(
  nodeos: Pick<Nodeos, 'info'>,
  facts: Omit<SigningFacts, 'head'>,
  onHead: (head: Head) => void,
): Promise<SigningDecision> {
  try {
    const { headId, headNum, headSlot, headProducer } = await nodeos.info(deadlineMs);
    const head = { id: headId, num: headNum, slot: headSlot, producer: headProducer };
    onHead(head);
    return decideSigning({ ...facts, head });
  } catch (error) {
    if (!(error instanceof NodeosError)) throw error;
    return {
      kind: 'refuse',
      reason: 'nodeos-silent',
      detail: `its head is not known at slot ${slotAt(facts.nowMs)}: ${error.message}`,
    };
  }
}
