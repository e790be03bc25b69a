// The net API: peers, and how the connections to them are.

import type { Endpoint } from './api.ts';
import type { Connection } from './connection.ts';
import type { StandIn } from './stand-in.ts';

const zeros = '0'.repeat(64);
const noKey = 'EOS1111111111111111111111111111111114T1Anm';
const noSignature = 'SIG_K1_111111111111111111111111111111111111111111111111111111111111111116uk5ne';

export function netEndpoints(standIn: StandIn): Record<string, Endpoint> {
  const { peers } = standIn;
  const list = (): ConnectionStatus[] =>
    peers.list().map(({ address, connection }) => renderConnection(standIn, address, connection));
  const net = (parameters: Endpoint['parameters'], answer: (host: string) => unknown): Endpoint => ({
    thread: 'http',
    parameters,
    answer: given => ({ status: 201, value: answer(String(given)) }),
  });
  return {
    '/v1/net/connections': net('none', list),
    '/v1/net/status': net('required', host => list().find(({ peer }) => peer === host) ?? null),
    '/v1/net/connect': net('required', host => peers.connect(host)),
    '/v1/net/disconnect': net('required', host => peers.disconnect(host)),
    '/v1/net/bp_gossip_peers': net('none', () => []),
  };
}

interface ConnectionStatus {
  peer: string;
  [field: string]: unknown;
}

function renderConnection(standIn: StandIn, address: string, connection: Connection | undefined): ConnectionStatus {
  const isOpen = connection?.isOpen === true;
  const { host, port } = isOpen ? connection.remote : { host: '', port: '' };
  return {
    peer: address,
    remote_ip: host,
    remote_port: port,
    connecting: connection?.socket.connecting === true,
    syncing: isOpen && standIn.isSyncing,
    is_bp_peer: false,
    is_bp_gossip_peer: false,
    is_socket_open: isOpen,
    is_blocks_only: false,
    is_transactions_only: false,
    last_vote_received: new Date(connection?.lastVoteMs ?? 0).toISOString().slice(0, -1),
    last_handshake: renderHandshake(connection),
  };
}

function renderHandshake(connection: Connection | undefined): unknown {
  const hello = connection?.hello;
  const count = connection?.isOpen === true && hello !== undefined ? 1 : 0;
  return {
    network_version: hello === undefined ? 0 : 1212,
    chain_id: hello?.chainId ?? zeros,
    node_id: hello?.nodeId ?? zeros,
    key: noKey,
    time: hello === undefined ? 0 : hello.timeMs * 1_000_000,
    token: zeros,
    sig: noSignature,
    p2p_address: hello === undefined ? '' : `${hello.address} - ${hello.nodeId.slice(0, 7)}`,
    fork_db_root_num: hello?.irreversible.num ?? 0,
    fork_db_root_id: hello?.irreversible.id ?? zeros,
    fork_db_head_num: hello?.head.num ?? 0,
    fork_db_head_id: hello?.head.id ?? zeros,
    os: hello === undefined ? '' : 'linux',
    agent: hello?.agent ?? '',
    generation: count,
  };
}
