// No key, however pressed, rates two cards or one that was not read.
import { beforeEach, expect, test, vi } from 'vitest';
import type { StudyStep } from '$lib/bindings';
import { Study } from '$features/study/study.svelte';

const commands = vi.hoisted(() => ({ startStudy: vi.fn(), rateCard: vi.fn() }));
vi.mock('$lib/bindings', () => ({ commands, events: {} }));

const step = (n: number): StudyStep => ({
  type: 'card',
  card: {
    card: { id: `k${n}`, question: `Q${n}`, answer: `A${n}`, tags: [], source: null, createdAt: 0, updatedAt: 0 },
    state: 'review', revision: n, intervals: { again: 1, hard: 2, good: 3, easy: 4 }, position: n, of: 3,
  },
});
const ok = <T>(data: T) => ({ status: 'ok' as const, data });
const refused = (code: string) => ({ status: 'error' as const, error: { code, message: `It was ${code}.`, retryAfterSeconds: null } });

let clock = 0;
let study: Study;
const settle = () => new Promise((resolve) => setTimeout(resolve));

beforeEach(async () => {
  vi.resetAllMocks();
  clock = 1_000;
  commands.startStudy.mockResolvedValue(ok(step(1)));
  commands.rateCard.mockResolvedValue(ok(step(2)));
  study = new Study(() => clock);
  await study.start();
});

test('Space reveals, a digit rates, and the next card stands there', async () => {
  study.key(' ', false);
  expect(study.phase).toBe('answer');
  clock += 4_200;
  study.key('4', false);
  await settle();
  expect(commands.rateCard).toHaveBeenCalledExactlyOnceWith('k1', 1, 'easy', 4_200);
  expect(study).toMatchObject({ phase: 'question', card: { position: 2 } });
});

test('Enter and Space on an open answer mean Good', async () => {
  study.key('Enter', false);
  clock += 1_000;
  study.key('Enter', false);
  await settle();
  expect(commands.rateCard.mock.calls[0]![2]).toBe('good');
});

test('a key held down counts once', async () => {
  study.key(' ', false);
  clock += 2_000;
  for (let i = 0; i < 20; i += 1) expect(study.key(' ', true)).toBe(true);
  expect(study.phase).toBe('answer');
  study.key('3', false);
  for (let i = 0; i < 20; i += 1) study.key('3', true);
  await settle();
  expect(commands.rateCard).toHaveBeenCalledOnce();
});

test('a double press rates one card', async () => {
  study.key(' ', false);
  clock += 2_000;
  study.key('3', false);
  study.key('3', false);
  study.key('1', false);
  await settle();
  study.key('3', false);
  await settle();
  expect(commands.rateCard).toHaveBeenCalledOnce();
  expect(study.phase).toBe('question');
});

test('a bouncing Space reveals and does not rate unseen', async () => {
  study.key(' ', false);
  clock += 60;
  study.key(' ', false);
  await settle();
  expect(commands.rateCard).not.toHaveBeenCalled();
  expect(study.phase).toBe('answer');
});

test('digits before the answer is shown do nothing', () => {
  study.key('3', false);
  expect(study.phase).toBe('question');
  expect(commands.rateCard).not.toHaveBeenCalled();
});

test('a stale card simply moves on', async () => {
  commands.rateCard.mockResolvedValue(refused('stale_card'));
  commands.startStudy.mockResolvedValue(ok(step(3)));
  study.reveal();
  await study.rate('good');
  expect(study).toMatchObject({ phase: 'question', problem: null, card: { position: 3 } });
});

test('a rating that was not kept leaves the card open with the reason', async () => {
  commands.rateCard.mockResolvedValueOnce(refused('disk_full'));
  study.reveal();
  await study.rate('hard');
  expect(study).toMatchObject({ phase: 'answer', problem: { message: 'It was disk_full.' }, card: { position: 1 } });
  await study.rate('hard');
  expect(study).toMatchObject({ phase: 'question', problem: null });
});

test('the end of the session is shown', async () => {
  const summary = { reviewed: 1, again: 0, hard: 0, good: 1, easy: 0, durationMs: 10, nextDue: null, dueTomorrow: 0 };
  commands.rateCard.mockResolvedValue(ok({ type: 'finished', summary }));
  study.reveal();
  await study.rate('good');
  expect(study).toMatchObject({ phase: 'finished', summary });
});

test('a clock that jumps never gives a negative duration', async () => {
  study.reveal();
  clock = 0;
  await study.rate('good');
  expect(commands.rateCard.mock.calls[0]![3]).toBe(0);
});
