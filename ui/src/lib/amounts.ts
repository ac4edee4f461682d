// Amounts as they are shown: bytes, tokens, money, and how long a download still takes.

import type { Usage } from '$lib/bindings';

const trimmed = (value: number, digits: number) => value.toFixed(digits).replace(/\.0+$/, '');

/** "820 MB", "2.0 GB": in powers of ten, as disks and models are sold. */
export function bytesWords(bytes: number | null): string {
  if (bytes === null) return '';
  if (bytes < 999_500) return `${Math.round(bytes / 1e3)} kB`;
  if (bytes < 999_500_000) return `${Math.round(bytes / 1e6)} MB`;
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** "128k tokens", "1M tokens": a window's size. Ollama counts it in powers of two. */
export function windowWords(tokens: number | null): string {
  if (!tokens) return '';
  if (tokens >= 1e6) return `${trimmed(tokens / 1e6, 1)}M tokens`;
  return tokens % 1_024 === 0 ? `${tokens / 1_024}k tokens` : tokens < 1_000 ? `${tokens} tokens` : `${Math.round(tokens / 1_000)}k tokens`;
}

/** "$0.0042", "$1.20": two digits that say something, at least cents. */
export function costWords(usd: number | null): string {
  if (usd === null) return '';
  if (usd === 0) return '$0';
  if (usd < 0.0001) return 'under $0.0001';
  return `$${usd >= 0.1 ? usd.toFixed(2) : usd >= 0.01 ? usd.toFixed(3) : usd.toFixed(4)}`;
}

/** "1,204 tokens read, 486 written · $0.011": what an answer took, "at least" where not all of it was counted. */
export function tookWords(usage: Usage | null, usd: number | null): string {
  if (!usage) return costWords(usd);
  const { inputTokens, outputTokens, atLeast } = usage;
  const least = atLeast ? 'at least ' : '';
  const written = atLeast && outputTokens === 0 ? 'what was written not counted' : `${outputTokens.toLocaleString()} written`;
  const tokens = `${least}${inputTokens.toLocaleString()} tokens read, ${written}`;
  // "At least under" a hundredth of a cent says nothing.
  const cost = atLeast && usd !== null && usd < 0.0001 ? '' : costWords(usd);
  return cost ? `${tokens} · ${least}${cost}` : tokens;
}

/** "12 s", "3 min", "1 h 20 min". */
export function leftWords(seconds: number): string {
  if (seconds < 59.5) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
