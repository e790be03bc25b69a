// Reads a signature-provider option: whose signature, and where it is asked for.

export interface SignatureProvider {
  publicKey: string;
  url: string;
  target: { kind: 'unix'; path: string } | { kind: 'tcp'; host: string; port: number; urlPath: string };
}

export type ParsedProvider =
  | { kind: 'keosd'; provider: SignatureProvider }
  /** A finalizer's key: the stand-in votes without it. */
  | { kind: 'finalizer' }
  | { kind: 'refused'; reason: string };

/** @param spec `PUB=KEOSD:unix:///path/x.sock`, `PUB=KEOSD:http://host:port/path` or `PUB_BLS_…=KEY:PVT_BLS_…` */
export function parseSignatureProvider(spec: string): ParsedProvider {
  const match = /^([^=]+)=([A-Z]+):(.+)$/.exec(spec);
  if (match === null) return { kind: 'refused', reason: 'Missing "=" in the provided key pair' };
  const [, publicKey = '', type = '', data = ''] = match;
  if (!/^(EOS|PUB_K1_|PUB_BLS_)[\w-]+$/.test(publicKey))
    return { kind: 'refused', reason: `${publicKey} is not a public key` };
  if (publicKey.startsWith('PUB_BLS_')) {
    return type === 'KEY'
      ? { kind: 'finalizer' }
      : { kind: 'refused', reason: `A finalizer key needs the type KEY; found ${type}` };
  }
  if (type === 'KEY') {
    return {
      kind: 'refused',
      reason: 'The stand-in holds no private keys. Give the producer key as PUB=KEOSD:unix:///path/signer.sock',
    };
  }
  if (type !== 'KEOSD') return { kind: 'refused', reason: `Unsupported key provider type "${type}"` };
  return parseUrl(publicKey, data);
}

function parseUrl(publicKey: string, url: string): ParsedProvider {
  const path = /^unix:\/\/(.+)$/.exec(url)?.[1];
  if (path !== undefined) {
    // The real node spins at full load on a path behind the socket's name; a message helps more.
    if (!path.endsWith('.sock'))
      return { kind: 'refused', reason: `nodeos hangs on ${url}: the url must end with .sock` };
    return { kind: 'keosd', provider: { publicKey, url, target: { kind: 'unix', path } } };
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:')
    return { kind: 'refused', reason: `Unsupported url ${url}: expected unix:// or http://` };
  const target = {
    kind: 'tcp' as const,
    host: parsed.hostname,
    port: Number(parsed.port || 80),
    urlPath: parsed.pathname,
  };
  return { kind: 'keosd', provider: { publicKey, url, target } };
}
