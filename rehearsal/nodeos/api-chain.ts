// The chain API: what the node knows of the chain.

import { createHash } from 'node:crypto';
import { slotTimestamp } from '#core/slots.ts';
import { type Endpoint, type HttpSettings, unknownBlock } from './api.ts';
import type { Block } from './block.ts';
import { voteThreshold } from './forks.ts';
import { renderMetrics } from './metrics.ts';
import { commit, type StandIn } from './stand-in.ts';

export function chainEndpoints(standIn: StandIn, settings: HttpSettings): Record<string, Endpoint> {
  const find = (wanted: unknown): Block | undefined => {
    const { forks } = standIn.node;
    const isNumber = typeof wanted === 'number' || /^\d{1,10}$/.test(String(wanted));
    return forks.blocks.get(isNumber ? (forks.branch.get(Number(wanted)) ?? '') : String(wanted));
  };
  const block = (key: string, line: number, method: string, render: (block: Block) => unknown): Endpoint => ({
    thread: 'main',
    parameters: 'required',
    answer: parameters => {
      const wanted = (parameters as Record<string, unknown>)[key];
      const found = find(wanted);
      if (found === undefined) throw unknownBlock(String(wanted), line, method);
      return { status: 200, value: render(found) };
    },
  });
  const main = (answer: () => unknown, parameters: Endpoint['parameters'] = 'none'): Endpoint => ({
    thread: 'main',
    parameters,
    answer: () => ({ status: 200, value: answer() }),
  });
  return {
    '/v1/chain/get_info': {
      thread: 'http',
      parameters: 'none',
      answer: () => ({ status: 200, value: renderInfo(standIn) }),
    },
    '/v1/chain/get_producer_schedule': main(() => renderSchedule(standIn, settings)),
    '/v1/chain/get_producers': main(() => renderProducers(standIn, settings), 'optional'),
    '/v1/chain/get_finalizer_info': main(() => renderFinalizers(standIn)),
    '/v1/chain/get_block': block('block_num_or_id', 1966, 'get_raw_block', renderBlock),
    '/v1/chain/get_raw_block': block('block_num_or_id', 1966, 'get_raw_block', renderRawBlock),
    '/v1/chain/get_block_info': block('block_num', 2049, 'get_block_info', renderBlockInfo),
    '/v1/chain/get_block_header': block('block_num_or_id', 1966, 'get_raw_block', found => ({
      id: found.id,
      signed_block_header: renderHeader(found),
      block_extensions: [],
    })),
    '/v1/db_size/get': main(() => ({
      free_bytes: 264069984,
      used_bytes: 4364448,
      reclaimable_bytes: 0,
      size: 268434432,
      indices: [],
    })),
    '/v1/prometheus/metrics': {
      thread: 'http',
      parameters: 'optional',
      answer: (_parameters, requests) => ({
        status: 200,
        value: renderMetrics(standIn, requests),
        contentType: 'text/plain',
      }),
    },
  };
}

export function renderInfo({ node, settings }: StandIn): Record<string, unknown> {
  const { head, root, earliest } = node.forks;
  return {
    server_version: commit.slice(0, 8),
    chain_id: settings.chainId,
    head_block_num: head.num,
    last_irreversible_block_num: root.num,
    last_irreversible_block_id: root.id,
    head_block_id: head.id,
    head_block_time: slotTimestamp(head.slot),
    head_block_producer: head.producer,
    virtual_block_cpu_limit: 200000,
    virtual_block_net_limit: 1048576,
    block_cpu_limit: 200000,
    block_net_limit: 1048576,
    server_version_string: settings.version,
    fork_db_head_block_num: head.num,
    fork_db_head_block_id: head.id,
    server_full_version_string: `${settings.version}-${commit}`,
    total_cpu_weight: 0,
    total_net_weight: 0,
    earliest_available_block_num: earliest,
    last_irreversible_block_time: slotTimestamp(root.slot),
  };
}

function renderSchedule({ node }: StandIn, { publicKeys }: HttpSettings): unknown {
  const producers = node.settings.schedule.map(name => ({
    producer_name: name,
    authority: renderAuthority(keyOf(name, publicKeys)),
  }));
  return { active: { version: 1, producers }, pending: null, proposed: null };
}

function renderProducers({ node }: StandIn, { publicKeys }: HttpSettings): unknown {
  const rows = node.settings.schedule.map(owner => {
    const key = keyOf(owner, publicKeys);
    return {
      owner,
      producer_authority: renderAuthority(key),
      url: '',
      total_votes: '0.00000000000000000',
      producer_key: key,
    };
  });
  return { rows, total_producer_vote_weight: '0.00000000000000000', more: '' };
}

function renderAuthority(key: string): unknown {
  return [0, { threshold: 1, keys: [{ key, weight: 1 }] }];
}

/** The key of a producer that is not ours only has to look like one. */
function keyOf(name: string, publicKeys: ReadonlyMap<string, string>): string {
  return (
    publicKeys.get(name) ?? `EOS${createHash('sha512').update(name).digest('hex').replaceAll('0', 'z').slice(0, 50)}`
  );
}

function renderFinalizers({ node }: StandIn): unknown {
  const { schedule } = node.settings;
  const publicKey = (name: string): string => `PUB_BLS_${createHash('sha512').update(name).digest('base64url')}`;
  const finalizers = schedule.map(name => ({ description: name, weight: 1, public_key: publicKey(name) }));
  const votes = [...node.lastVotes].map(([name, { id, num }]) => ({
    description: name,
    public_key: publicKey(name),
    is_vote_strong: true,
    finalizer_policy_generation: 1,
    voted_for_block_id: id,
    voted_for_block_num: num,
    voted_for_block_timestamp: slotTimestamp(node.forks.blocks.get(id)?.slot ?? node.forks.root.slot),
  }));
  return {
    active_finalizer_policy: { generation: 1, threshold: voteThreshold(schedule), finalizers },
    pending_finalizer_policy: null,
    last_tracked_votes: votes,
  };
}

function renderFields(block: Block): Record<string, unknown> {
  return {
    timestamp: slotTimestamp(block.slot),
    producer: block.producer,
    confirmed: 0,
    previous: block.previous,
    transaction_mroot: block.root,
    action_mroot: block.id.slice(8).padEnd(64, '0'),
    schedule_version: 2147483648,
  };
}

function renderHeader(block: Block): Record<string, unknown> {
  return { ...renderFields(block), header_extensions: [], producer_signature: block.signature };
}

function renderBlock(block: Block): Record<string, unknown> {
  return {
    ...renderFields(block),
    new_producers: null,
    finality_extension: { qc_claim: { block_num: block.qc, is_strong_qc: true } },
    producer_signature: block.signature,
    transactions: [],
    id: block.id,
    block_num: block.num,
    ref_block_prefix: refBlockPrefix(block),
  };
}

function renderRawBlock(block: Block): Record<string, unknown> {
  return { ...renderHeader(block), transactions: [], block_extensions: [] };
}

function renderBlockInfo(block: Block): Record<string, unknown> {
  const { timestamp, ...fields } = renderFields(block);
  const names = { block_num: block.num, ref_block_num: block.num % 65536, id: block.id, timestamp };
  return { ...names, ...fields, producer_signature: block.signature, ref_block_prefix: refBlockPrefix(block) };
}

/** Source: block_header.hpp: the third 32-bit word of the id. */
function refBlockPrefix(block: Block): number {
  return Buffer.from(block.id, 'hex').readUInt32LE(8);
}
