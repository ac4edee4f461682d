// For each way in which asking a model can fail, what can be done about it here, the best first.
import type { ErrorCode, ProblemKind, Provider } from '$lib/bindings';

export type Way =
  /** Asks for the rest of the answer. */
  | 'continue'
  /** Asks again. */
  | 'retry'
  /** Asks again, and not to think first, where it was to. */
  | 'unthink'
  /** Has Ollama fetch the model, then asks again. */
  | 'pull'
  /** Opens Settings at the key. */
  | 'key'
  | 'settings'
  /** Opens the list of models. */
  | 'choose'
  /** Puts the question in other words. */
  | 'edit'
  /** Takes the question to a conversation of its own. */
  | 'fresh'
  /** Where Ollama is to be had. */
  | 'download';

const OF_KIND: Record<ProblemKind, readonly Way[]> = {
  unreachable: ['continue', 'retry', 'choose'],
  ollama_not_running: ['retry', 'download', 'choose'],
  model_not_found: ['pull', 'choose'],
  key_missing: ['key', 'choose'],
  key_invalid: ['key', 'retry', 'choose'],
  no_credit: ['retry', 'choose'],
  refused: ['edit', 'choose'],
  overloaded: ['continue', 'retry', 'choose'],
  rate_limited: ['continue', 'retry', 'choose'],
  context_too_long: ['choose', 'fresh', 'edit'],
  cut_at_limit: ['continue'],
  window_full: ['continue', 'fresh', 'choose'],
  connection_cut: ['continue', 'retry'],
  silent: ['continue', 'retry', 'choose'],
  empty: ['retry', 'choose'],
  thought_too_long: ['unthink', 'retry', 'choose'],
  not_the_protocol: ['continue', 'retry', 'settings', 'choose'],
  reported: ['continue', 'retry', 'choose'],
  not_stored: ['retry'],
  unknown: ['continue', 'retry'],
};

/** Codes of what could not even be started, by the kind that they are the same as. Others have no way out but their sentence. */
const KIND_OF_CODE: Partial<Record<ErrorCode, ProblemKind>> = {
  unreachable: 'unreachable',
  ollama_not_running: 'ollama_not_running',
  model_not_found: 'model_not_found',
  key_missing: 'key_missing',
  key_invalid: 'key_invalid',
  key_unreadable: 'key_missing',
  no_credit: 'no_credit',
  refused: 'refused',
  overloaded: 'overloaded',
  rate_limited: 'rate_limited',
  context_too_long: 'context_too_long',
  connection_cut: 'connection_cut',
  silent: 'silent',
  model_error: 'reported',
};
/** What passes by itself, or by what the sentence says to do. */
const AGAIN: ReadonlySet<ErrorCode> = new Set(['busy', 'database_unavailable', 'disk_full', 'not_writable', 'internal', 'cancelled']);

type What = {
  provider: Provider | null;
  /** Something of the answer is there to go on from. */
  begun: boolean;
  /** What it failed for is changed meanwhile: a key was entered, another model chosen. */
  mended?: boolean;
};

function fitting(ways: readonly Way[], { provider, begun, mended = false }: What): Way[] {
  const fit = ways.filter((way) => {
    if (way === 'continue') return begun;
    if (way === 'pull' || way === 'download') return provider !== 'claude';
    return way !== 'key' || provider !== 'ollama';
  });
  // Who chose another model did it to ask that one.
  if (mended && !fit.includes('retry')) fit.splice(fit[0] === 'continue' ? 1 : 0, 0, 'retry');
  return fit;
}

export const waysOfKind = (kind: ProblemKind, what: What): Way[] => fitting(OF_KIND[kind], what);

export function waysOfCode(code: ErrorCode, provider: Provider | null): Way[] {
  const kind = KIND_OF_CODE[code];
  if (kind) return fitting(OF_KIND[kind], { provider, begun: false });
  return AGAIN.has(code) ? ['retry'] : [];
}
