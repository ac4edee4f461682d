// The adapter: one place turns whatever comes back into a value or a Problem.
import { expect, test, vi } from 'vitest';
import { mockIPC } from '@tauri-apps/api/mocks';
import { asProblem, backend, onSignedOut, Problem } from '$lib/backend';

const failing = (error: unknown) => mockIPC(() => Promise.reject(error));

test('a value comes through', async () => {
  mockIPC((command, args) => (command === 'add_starter_deck' ? 12 : args));
  expect(await backend.addStarterDeck()).toBe(12);
});

test('arguments go by their names', async () => {
  const seen = vi.fn();
  mockIPC((command, args) => void seen(command, args));
  await backend.rateCard('k1', 3, 'good', 900);
  expect(seen).toHaveBeenCalledWith('rate_card', { id: 'k1', revision: 3, rating: 'good', durationMs: 900 });
});

test('a typed error keeps its code, sentence and wait', async () => {
  failing({ code: 'rate_limited', message: 'Claude asks to wait.', retryAfterSeconds: 7 });
  const problem = await backend.listModels().catch((error: unknown) => error);
  expect(problem).toBeInstanceOf(Problem);
  expect(problem).toMatchObject({ code: 'rate_limited', message: 'Claude asks to wait.', retryAfterSeconds: 7 });
});

test('a plain string (arguments, permissions) becomes a Problem with a sentence', async () => {
  failing('command rate_card not allowed');
  await expect(backend.studyCounts()).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining('not allowed') });
});

test('a thrown Error becomes a Problem', async () => {
  failing(new Error('the pipe broke'));
  await expect(backend.studyCounts()).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining('the pipe broke') });
  expect(asProblem(undefined).message).toContain('undefined');
});

test('being signed out is heard of', async () => {
  const heard = vi.fn();
  onSignedOut(heard);
  failing({ code: 'not_signed_in', message: 'You are signed out. Sign in to go on.', retryAfterSeconds: null });
  await expect(backend.todayStats()).rejects.toBeInstanceOf(Problem);
  expect(heard).toHaveBeenCalledOnce();
});
