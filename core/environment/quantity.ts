// Reads durations such as 90s and volume sizes such as 200Gi.

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
