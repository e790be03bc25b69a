// Renders the Prometheus metrics that dashboards and alerts of a producer read.

import { commit, type StandIn } from './stand-in.ts';

export function renderMetrics({ node, peers, settings }: StandIn, requests: ReadonlyMap<string, number>): string {
  const { head, root, earliest } = node.forks;
  const connections = peers.list().filter(({ connection }) => connection?.isOpen === true);
  const dialled = connections.filter(({ address }) => address !== '').length;
  const lines = [
    ...metric(
      'nodeos_http_requests_total',
      'counter',
      'number of HTTP requests',
      [...requests].map(([path, count]) => [`{handler="${path}"}`, count]),
    ),
    ...metric('nodeos_p2p_failed_connections', 'counter', 'total number of failed out-going p2p connections', [
      ['', peers.failedConnections],
    ]),
    ...metric('nodeos_blocks_produced', 'counter', 'number of blocks produced', [['', node.counts.produced]]),
    ...metric('nodeos_blocks_incoming', 'counter', 'number of incoming blocks', [['', node.counts.received]]),
    ...metric('nodeos_p2p_peers', 'gauge', 'current number of connected outgoing peers', [['', dialled]]),
    ...metric('nodeos_p2p_clients', 'gauge', 'current number of connected incoming clients', [
      ['', connections.length - dialled],
    ]),
    ...metric('nodeos_last_irreversible', 'gauge', 'last irreversible block number', [['', root.num]]),
    ...metric('nodeos_head_block_num', 'gauge', 'head block number', [['', head.num]]),
    ...metric('nodeos_block_num', 'gauge', 'current block number', [['', head.num + 1]]),
    '# HELP nodeos static information about the server',
    '# TYPE nodeos gauge',
    `nodeos_info{chain_id="${settings.chainId}",earliest_available_block_num="${earliest}",server_full_version_string="${settings.version}-${commit}",server_version="${commit.slice(0, 8)}",server_version_string="${settings.version}"} 1`,
  ];
  return `${lines.join('\n')}\n`;
}

function metric(name: string, type: string, help: string, samples: readonly (readonly [string, number])[]): string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(([labels, value]) => `${name}${labels} ${value}`),
  ];
}
