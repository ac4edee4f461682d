// Each failure has a way out that fits who failed and what is there; amounts read well.
import { expect, test } from 'vitest';
import { bytesWords, costWords, leftWords, tookWords, windowWords } from '$lib/amounts';
import type { ProblemKind } from '$lib/bindings';
import { waysOfCode, waysOfKind } from '$features/chat/ways';

const KINDS: ProblemKind[] = ['unreachable', 'ollama_not_running', 'model_not_found', 'key_missing', 'key_invalid', 'no_credit', 'refused', 'overloaded', 'rate_limited', 'context_too_long', 'cut_at_limit', 'window_full', 'connection_cut', 'silent', 'empty', 'thought_too_long', 'not_the_protocol', 'reported', 'not_stored', 'unknown'];

test.each(KINDS)('%s has a way out, once begun', (kind) => {
  for (const provider of ['ollama', 'claude'] as const) expect(waysOfKind(kind, { provider, begun: true }).length).toBeGreaterThan(0);
});

test('what does not fit is not offered', () => {
  expect(waysOfKind('model_not_found', { provider: 'ollama', begun: false })).toEqual(['pull', 'choose']);
  expect(waysOfKind('model_not_found', { provider: 'claude', begun: false })).toEqual(['choose']);
  expect(waysOfKind('connection_cut', { provider: 'claude', begun: false })).toEqual(['retry']);
  expect(waysOfKind('cut_at_limit', { provider: 'claude', begun: true })).toEqual(['continue']);
  expect(waysOfKind('thought_too_long', { provider: 'ollama', begun: false })).toEqual(['unthink', 'retry', 'choose']);
  expect(waysOfCode('key_missing', 'claude')).toEqual(['key', 'choose']);
  expect(waysOfCode('database_unavailable', 'claude')).toEqual(['retry']);
  expect(waysOfCode('invalid_input', 'claude')).toEqual([]);
});

test('what was mended can be asked again, after what goes on with what is there', () => {
  expect(waysOfKind('refused', { provider: 'claude', begun: false, mended: true })).toEqual(['retry', 'edit', 'choose']);
  expect(waysOfKind('key_missing', { provider: 'claude', begun: false, mended: true })).toEqual(['retry', 'key', 'choose']);
  expect(waysOfKind('window_full', { provider: 'claude', begun: true, mended: true })).toEqual(['continue', 'retry', 'fresh', 'choose']);
  expect(waysOfKind('silent', { provider: 'claude', begun: false, mended: true })).toEqual(['retry', 'choose']);
});

test('amounts', () => {
  expect([bytesWords(2.02e9), bytesWords(274e6), bytesWords(999_600_000)]).toEqual(['2.0 GB', '274 MB', '1.0 GB']);
  expect([windowWords(131_072), windowWords(200_000), windowWords(1_000_000), windowWords(null)]).toEqual(['128k tokens', '200k tokens', '1M tokens', '']);
  expect([costWords(0.0109), costWords(0.00613), costWords(1.2), costWords(null)]).toEqual(['$0.011', '$0.0061', '$1.20', '']);
  expect([leftWords(0.2), leftWords(59.6), leftWords(4_800)]).toEqual(['1 s', '1 min', '1 h 20 min']);
});

test('what an answer took, and that it is not all', () => {
  const took = (inputTokens: number, outputTokens: number, atLeast: boolean, usd: number | null) => tookWords({ inputTokens, outputTokens, atLeast }, usd);
  expect(took(1_204, 486, false, 0.0109)).toBe('1,204 tokens read, 486 written · $0.011');
  expect(took(1_204, 486, false, null)).toBe('1,204 tokens read, 486 written');
  expect(took(1_204, 486, true, 0.0109)).toBe('at least 1,204 tokens read, 486 written · at least $0.011');
  expect(took(25, 0, true, 0.00005)).toBe('at least 25 tokens read, what was written not counted');
  expect([tookWords(null, null), tookWords(null, 0.0109)]).toEqual(['', '$0.011']);
});
