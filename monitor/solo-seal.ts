// Seals what solo keeps on the volume: nodeos can write there too, and must not be able to give orders or to make claims.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { MonitorConfig } from './config.ts';

/** Whose folder it is: what a copy of the volume brings to another node is worth nothing there. */
export type SoloScope = Pick<MonitorConfig, 'node' | 'chainId' | 'producer'>;

/** A secret of those who can read the signing key, another one for each node. Throws what reading a file throws. */
export function readSealSecret(keyFile: string, { node, chainId, producer }: SoloScope): Buffer {
  const scope = JSON.stringify(['active-eos solo', chainId, producer, node]);
  return createHash('sha256').update(`${scope}\n`).update(readFileSync(keyFile)).digest();
}

/** The text on one line, its HMAC on the next. @param text without a line end */
export function seal(text: string, secret: Buffer): string {
  return `${text}\n${mac(text, secret).toString('hex')}\n`;
}

/** The text; undefined when it is torn, altered, or sealed by another key. */
export function unseal(content: string, secret: Buffer): string | undefined {
  const [text = '', sum = ''] = content.split('\n');
  const given = Buffer.from(sum, 'hex');
  const expected = mac(text, secret);
  return given.length === expected.length && timingSafeEqual(given, expected) ? text : undefined;
}

function mac(text: string, secret: Buffer): Buffer {
  return createHmac('sha256', secret).update(text).digest();
}
