// The only place that knows the shape of a command's answer ({status, data | error}); everything else sees a value or a
// thrown `Problem`. It is derived from the generated bindings, so that regenerating them needs no change here.
import { Channel } from '@tauri-apps/api/core';
import { commands, events, type ErrorCode } from '$lib/bindings';

/** What went wrong, with a sentence for the person. */
export class Problem extends Error {
  override readonly name = 'Problem';
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

type Answer<R> = R extends { status: 'ok'; data: infer D } ? D : R extends { status: 'error' } ? never : R;
type Unwrapped<F> = F extends (...args: infer A) => Promise<infer R> ? (...args: A) => Promise<Answer<R>> : never;
export type Backend = { [K in keyof typeof commands]: Unwrapped<(typeof commands)[K]> };

/** Makes a `Problem` of whatever was thrown or returned: a typed error, a plain string (arguments, permissions), an Error. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (typeof error === 'object' && error !== null && 'code' in error && 'message' in error) {
    const { code, message, retryAfterSeconds } = error as {
      code: ErrorCode;
      message: unknown;
      retryAfterSeconds?: number | null;
    };
    return new Problem(code, String(message), retryAfterSeconds ?? null);
  }
  const detail = error instanceof Error ? error.message : String(error);
  return new Problem('internal', `Something went wrong inside MemoryLoop: ${detail}. Nothing saved is lost.`);
}

let signedOut: () => void = () => {};

/** Calls `listener` when any command says that nobody is signed in any more. */
export function onSignedOut(listener: () => void): void {
  signedOut = listener;
}

async function unwrap(call: Promise<unknown>): Promise<unknown> {
  let outcome: unknown;
  try {
    outcome = await call;
  } catch (error) {
    throw asProblem(error);
  }
  const result = outcome as { status?: string; data?: unknown; error?: unknown } | null;
  if (result?.status === 'ok') return result.data;
  if (result?.status === 'error') {
    const problem = asProblem(result.error);
    if (problem.code === 'not_signed_in') signedOut();
    throw problem;
  }
  return outcome;
}

type AnyCommand = (...args: unknown[]) => Promise<unknown>;

export const backend = Object.fromEntries(
  Object.keys(commands).map((name) => [
    name,
    // Looked up at each call, so that tests can replace a command.
    (...args: unknown[]) => unwrap((commands as unknown as Record<string, AnyCommand>)[name]!(...args)),
  ]),
) as unknown as Backend;

/** A channel that hands each message to `listener`. */
export function channel<T>(listener: (message: T) => void): Channel<T> {
  const made = new Channel<T>();
  made.onmessage = listener;
  return made;
}

type Payload<E> = E extends { listen: (cb: (event: { payload: infer P }) => void) => unknown } ? P : never;

/** Hears an event for as long as the window lives. A window without the event (a test) is no error. */
export function hear<K extends keyof typeof events>(
  name: K,
  listener: (payload: Payload<(typeof events)[K]>) => void,
): Promise<unknown> {
  const event = events[name] as unknown as {
    listen: (cb: (event: { payload: Payload<(typeof events)[K]> }) => void) => Promise<unknown>;
  };
  return event.listen(({ payload }) => listener(payload)).catch(() => undefined);
}
