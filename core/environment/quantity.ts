// Reads amounts as people write them: durations such as 90s, sizes such as 200Gi, CPU such as 500m, networks such as 10.0.0.0/16, days.

const milliseconds: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of `100ms`, `5s`, `10m` or `1h`; undefined when the text is no such duration. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d{1,9})(ms|s|m|h)$/.exec(text);
  const unit = milliseconds[match?.[2] ?? ''];
  return match && unit !== undefined ? Number(match[1]) * unit : undefined;
}

/** Whether a text is a size of a volume that Kubernetes takes: `10Gi`, `500Mi`, `1Ti`. */
export function isVolumeSize(text: string): boolean {
  return /^[1-9]\d{0,5}(Mi|Gi|Ti)$/.test(text);
}

/** CPUs of `2`, `0.5` or `500m`; undefined when the text is none. */
export function parseCpu(text: string): number | undefined {
  const match = /^(\d{1,6}(?:\.\d{1,3})?)(m?)$/.exec(text);
  return match ? Number(match[1]) / (match[2] === 'm' ? 1000 : 1) : undefined;
}

const byteUnits: Record<string, number> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** Bytes of `32Gi`, `1.5G` or `1024`; undefined when the text is none. Exponents, which Kubernetes takes too, nobody writes. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,3})?)(k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/.exec(text);
  const unit = byteUnits[match?.[2] ?? ''];
  return match && unit !== undefined ? Number(match[1]) * unit : undefined;
}

/** First and last address of an IPv4 network. */
export interface Network {
  first: number;
  last: number;
}

/** The addresses of `10.10.0.0/16`; undefined when the text is no IPv4 network, or has bits set behind its length. */
export function parseCidr(text: string): Network | undefined {
  const [host = '', length = ''] = text.split('/');
  const first = parseIpv4(host);
  if (first === undefined || !/^\d{1,2}$/.test(length) || Number(length) > 32) return undefined;
  const size = 2 ** (32 - Number(length));
  return first % size === 0 ? { first, last: first + size - 1 } : undefined;
}

/** `10.0.0.1` as a number; undefined when the text is no IPv4 address. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  const isAddress = parts.length === 4 && parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return isAddress ? parts.reduce((value, part) => value * 256 + Number(part), 0) : undefined;
}

/** Whether the text is a day of the calendar, such as 2027-01-31. */
export function isDay(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  return days !== undefined && day >= 1 && day <= days;
}
