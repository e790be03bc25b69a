// The options of nodeos v1.2.2 by name: which exist, and which of them take no value. From `nodeos --help`.

/** Switches: given on the command line they take no value. */
export const switches: ReadonlySet<string> = new Set(
  `contracts-console deep-mind disable-ram-billing-notify-checks disable-replay-opts integrity-hash-on-start
  integrity-hash-on-stop print-genesis-json print-build-info force-all-checks replay-blockchain hard-replay-blockchain
  delete-all-blocks access-control-allow-credentials verbose-http-errors enable-stale-production pause-on-startup
  resource-monitor-not-shutdown-on-threshold-exceeded trace-history chain-state-history finality-data-history
  trace-history-debug-mode delete-state-history trace-no-abis help version full-version print-default-config
  standin-full-blocks`.split(/\s+/),
);

export const knownOptions: ReadonlySet<string> = new Set([
  ...switches,
  ...`blocks-dir blocks-log-stride max-retained-block-files blocks-retained-dir blocks-archive-dir state-dir finalizers-dir
  protocol-features-dir checkpoint wasm-runtime profile-account abi-serializer-max-time-ms chain-state-db-size-mb
  chain-state-db-guard-size-mb signature-cpu-billable-pct chain-threads vote-threads actor-whitelist actor-blacklist
  contract-whitelist contract-blacklist action-blacklist key-blacklist sender-bypass-whiteblacklist read-mode
  api-accept-transactions validation-mode maximum-variable-signature-length trusted-producer database-map-mode
  eos-vm-oc-cache-size-mb eos-vm-oc-compile-threads eos-vm-oc-enable enable-account-queries
  transaction-retry-max-storage-size-gb transaction-retry-interval-sec transaction-retry-max-expiration-sec
  transaction-finality-status-max-storage-size-gb transaction-finality-status-success-duration-sec
  transaction-finality-status-failure-duration-sec block-log-retain-blocks genesis-json genesis-timestamp
  extract-genesis-json extract-build-info truncate-at-block terminate-at-block snapshot unix-socket-path
  http-server-address http-category-address access-control-allow-origin access-control-allow-headers
  access-control-max-age max-body-size http-max-bytes-in-flight-mb http-max-in-flight-requests
  http-max-response-time-ms http-validate-host http-alias http-threads http-keep-alive p2p-listen-endpoint
  p2p-server-address p2p-peer-address p2p-max-nodes-per-host p2p-accept-transactions p2p-disable-block-nack
  p2p-auto-bp-peer p2p-bp-gossip-endpoint agent-name allowed-connection peer-key peer-private-key max-clients
  connection-cleanup-period max-cleanup-time-msec p2p-dedup-cache-expire-time-sec net-threads sync-fetch-span
  sync-peer-limit use-socket-read-watermark peer-log-format p2p-keepalive-interval-ms
  production-pause-vote-timeout-ms max-transaction-time max-irreversible-block-age max-reversible-blocks
  producer-name signature-provider greylist-account greylist-limit produce-block-offset-ms
  max-block-cpu-usage-threshold-us max-block-net-usage-threshold-bytes subjective-cpu-leeway-us
  subjective-account-max-failures subjective-account-max-failures-window-size
  subjective-account-decay-time-minutes incoming-transaction-queue-size-mb disable-subjective-account-billing
  disable-subjective-p2p-billing disable-subjective-api-billing snapshots-dir read-only-threads
  read-only-write-window-time-us read-only-read-window-time-us resource-monitor-interval-seconds
  resource-monitor-space-threshold resource-monitor-space-absolute-gb resource-monitor-warning-interval
  keosd-provider-timeout state-history-dir state-history-retained-dir state-history-archive-dir
  state-history-stride max-retained-history-files state-history-endpoint state-history-unix-socket-path
  state-history-log-retain-blocks trace-dir trace-slice-stride trace-minimum-irreversible-history-blocks
  trace-minimum-uncompressed-irreversible-history-blocks trace-rpc-abi plugin data-dir config-dir config logconf
  standin-producers standin-chain-id standin-genesis-slot standin-first-redial-ms`.split(/\s+/),
]);

export const shortOptions: ReadonlyMap<string, string> = new Map([
  ['-e', 'enable-stale-production'],
  ['-x', 'pause-on-startup'],
  ['-p', 'producer-name'],
  ['-d', 'data-dir'],
  ['-c', 'config'],
  ['-l', 'logconf'],
  ['-h', 'help'],
  ['-v', 'version'],
]);
