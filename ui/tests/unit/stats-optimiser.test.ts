// Fitting, rescheduling, rebuilding and simulating: what is asked of the backend, and what is left when the person leaves.
import { mockIPC } from '@tauri-apps/api/mocks';
import { beforeEach, expect, test, vi } from 'vitest';
import type { OptimiseProgress, OptimiseReport, Scheduling, SimulationRequest } from '$lib/bindings';
import { comparisons, passed, resultWords, stageWords } from '$features/settings/scheduler/words';
import { outlook, byWeek, curveFigure, rescheduleFigure } from '$features/stats/simulation';
import { buckets } from '$features/stats/days';
import { tableOf } from '$features/stats/figure';

type Answer = { resolve: (value: unknown) => void; reject: (error: unknown) => void };
type Call = { args: Record<string, any> } & Answer;

let calls: Record<string, Call[]>;
let optimiser: typeof import('$features/settings/scheduler/fitting.svelte').optimiser;
let simulator: typeof import('$features/settings/scheduler/simulator.svelte').simulator;
let stored: typeof import('$features/settings/scheduler/scheduling.svelte').stored;
let session: typeof import('$lib/session.svelte').session;

const options = { desiredRetention: 0.9, learningSteps: [60], newPerDay: 20, reviewsPerDay: 200, fuzz: false };
const scheduling = (change: Partial<Scheduling> = {}): Scheduling => ({ options, defaults: options, fsrsVersion: 6, weights: [1], fittedAt: null, fittedReviews: 0, canUndoFit: false, ...change });
const improved: OptimiseReport = { outcome: 'improved', trainingReviews: 800, heldOutReviews: 200, onlyInitial: false, before: { logLoss: 0.35, rmse: 0.05 }, after: { logLoss: 0.33, rmse: 0.03 } };
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
const last = (command: string) => calls[command]!.at(-1)!;
const many = (command: string) => calls[command]?.length ?? 0;
const simulated = (of: number) => ({ reviews: Array(365).fill(of), memorised: Array(365).fill(of * 10), minutes: Array(365).fill(of / 10) });

/** What is not to be held up is answered at once; everything else waits for the test. */
const atOnce: Record<string, (args: Record<string, any>) => unknown> = {};

beforeEach(async () => {
  vi.resetModules();
  calls = {};
  for (const key of Object.keys(atOnce)) delete atOnce[key];
  atOnce.get_scheduling = () => scheduling();
  mockIPC((command, args) => {
    const given = (args ?? {}) as Record<string, any>;
    if (atOnce[command]) {
      (calls[command] ??= []).push({ args: given, resolve: () => {}, reject: () => {} });
      return atOnce[command]!(given);
    }
    return new Promise((resolve, reject) => (calls[command] ??= []).push({ args: given, resolve, reject }));
  });
  ({ session } = await import('$lib/session.svelte'));
  session.profile = { id: 'u1', email: 'ada' };
  ({ optimiser } = await import('$features/settings/scheduler/fitting.svelte'));
  ({ simulator } = await import('$features/settings/scheduler/simulator.svelte'));
  ({ stored } = await import('$features/settings/scheduler/scheduling.svelte'));
});

const tell = (progress: OptimiseProgress) => last('optimise').args.onProgress.onmessage(progress);

test('a fitting shows its stages, then its result, and the scheduler is read anew', async () => {
  const fit = optimiser.fit();
  await settle();
  expect(optimiser.fitting).toMatchObject({ is: 'running', progress: null });
  tell({ stage: 'training', done: 3, of: 10 });
  expect(optimiser.fitting).toMatchObject({ progress: { stage: 'training', done: 3, of: 10 } });
  await optimiser.fit();
  expect(many('optimise')).toBe(1);
  atOnce.get_scheduling = () => scheduling({ fittedReviews: 800, canUndoFit: true });
  last('optimise').resolve(improved);
  await fit;
  expect(optimiser.fitting).toEqual({ is: 'done', report: improved });
  expect(stored.current?.fittedReviews).toBe(800);
});

test('cancelling is asked once, and ends as cancelled and not as a failure', async () => {
  const fit = optimiser.fit();
  await settle();
  const cancel = optimiser.cancel();
  await optimiser.cancel();
  await settle();
  expect(many('cancel_optimise')).toBe(1);
  expect(optimiser.fitting).toMatchObject({ cancelling: true });
  last('cancel_optimise').resolve(null);
  last('optimise').reject({ code: 'cancelled', message: 'Cancelled.', retryAfterSeconds: null });
  await Promise.all([fit, cancel]);
  expect(optimiser.fitting).toEqual({ is: 'cancelled' });
});

test('a cancel that could not be asked can be asked again', async () => {
  void optimiser.fit();
  await settle();
  const cancel = optimiser.cancel();
  await settle();
  last('cancel_optimise').reject({ code: 'internal', message: 'No.', retryAfterSeconds: null });
  await expect(cancel).rejects.toThrow('No.');
  expect(optimiser.fitting).toMatchObject({ is: 'running', cancelling: false });
});

test('a failure says why, and another try is possible', async () => {
  const fit = optimiser.fit();
  await settle();
  last('optimise').reject({ code: 'busy', message: 'It runs already.', retryAfterSeconds: null });
  await fit;
  expect(optimiser.fitting).toMatchObject({ is: 'failed', problem: { message: 'It runs already.' } });
  void optimiser.fit();
  await settle();
  expect(many('optimise')).toBe(2);
});

test('signing out cancels the fitting, and its late result is not the next person’s', async () => {
  const fit = optimiser.fit();
  await settle();
  atOnce.cancel_optimise = () => null;
  atOnce.sign_out = () => null;
  await session.signOut();
  expect(many('cancel_optimise')).toBe(1);
  expect(optimiser.fitting).toEqual({ is: 'idle' });
  last('optimise').resolve(improved);
  await fit;
  expect(optimiser.fitting).toEqual({ is: 'idle' });
  expect(stored.current).toBeNull();
});

test('the fitting can be undone', async () => {
  atOnce.undo_optimise = () => scheduling();
  await optimiser.undo();
  expect(optimiser.fitting).toEqual({ is: 'undone' });
  expect(stored.current?.canUndoFit).toBe(false);
});

test('nothing is rescheduled without a preview', async () => {
  await optimiser.reschedule();
  expect(many('reschedule')).toBe(0);
  const preview = { cards: 3, dueNow: 1, dueAfter: 9, days: [{ day: 20_780, now: 1, after: 9 }] };
  atOnce.preview_reschedule = () => preview;
  await optimiser.previewReschedule();
  expect(optimiser.rescheduling).toEqual({ is: 'offered', preview });
  optimiser.dropPreview();
  await optimiser.reschedule();
  expect(many('reschedule')).toBe(0);
  await optimiser.previewReschedule();
  const work = optimiser.reschedule();
  await settle();
  expect(optimiser.rescheduling).toMatchObject({ is: 'running' });
  await optimiser.reschedule();
  last('reschedule').resolve(3);
  await work;
  expect(many('reschedule')).toBe(1);
  expect(optimiser.rescheduling).toEqual({ is: 'done', cards: 3 });
});

const offer = { cards: 0, dueNow: 1, dueAfter: 1, days: [] };

test('a preview that comes after its setting has changed is not offered, and no fitting runs beside it', async () => {
  const preview = optimiser.previewReschedule();
  await settle();
  expect(optimiser.busy).toBe(true);
  await optimiser.fit();
  expect(many('optimise')).toBe(0);
  optimiser.dropPreview();
  const fit = optimiser.fit();
  last('preview_reschedule').resolve(offer);
  await preview;
  expect(optimiser.rescheduling).toEqual({ is: 'idle' });
  await settle();
  last('optimise').resolve(improved);
  await fit;
});

test('an offered preview goes with a change of options or weights, and with the page; what was done stays', async () => {
  const svelte = await import('svelte');
  const { default: Reschedule } = await import('$features/settings/scheduler/Reschedule.svelte');
  const look = () => svelte.mount(Reschedule, { target: document.body });
  atOnce.preview_reschedule = () => offer;
  await stored.load();
  let view = look();
  svelte.flushSync();
  for (const change of [{ options: { ...options, desiredRetention: 0.95 } }, { weights: [2] }]) {
    await optimiser.previewReschedule();
    svelte.flushSync();
    // The same setting read anew is no change.
    await stored.load();
    svelte.flushSync();
    expect(optimiser.rescheduling.is).toBe('offered');
    atOnce.get_scheduling = () => scheduling(change);
    await stored.load();
    svelte.flushSync();
    expect(optimiser.rescheduling.is).toBe('idle');
  }
  await optimiser.previewReschedule();
  await svelte.unmount(view);
  view = look();
  svelte.flushSync();
  expect(optimiser.rescheduling.is).toBe('idle');
  await optimiser.previewReschedule();
  atOnce.reschedule = () => 2;
  await optimiser.reschedule();
  await svelte.unmount(view);
  view = look();
  svelte.flushSync();
  expect(optimiser.rescheduling).toEqual({ is: 'done', cards: 2 });
  await svelte.unmount(view);
});

test('a fitting that fails after its weights are in use is read anew all the same', async () => {
  const fit = optimiser.fit();
  await settle();
  atOnce.get_scheduling = () => scheduling({ weights: [2], canUndoFit: true });
  last('optimise').reject({ code: 'internal', message: 'No.', retryAfterSeconds: null });
  await fit;
  await settle();
  expect(optimiser.fitting).toMatchObject({ is: 'failed' });
  expect(stored.current).toMatchObject({ weights: [2], canUndoFit: true });
});

test('changes of one option and another, asked at the same time, do not overwrite each other', async () => {
  let kept = options as Record<string, unknown>;
  atOnce.get_scheduling = () => scheduling({ options: { ...kept } });
  atOnce.set_review_options = async ({ options: given }) => {
    await settle();
    kept = given;
    return scheduling({ options: given });
  };
  await Promise.all([stored.change({ newPerDay: 7 }), stored.change({ desiredRetention: 0.95 })]);
  expect(kept).toMatchObject({ newPerDay: 7, desiredRetention: 0.95 });
});

test('a change that waits at sign-out is not made to the next person’s options', async () => {
  atOnce.set_review_options = ({ options: given }) => scheduling({ options: given });
  atOnce.sign_out = () => null;
  const change = stored.change({ newPerDay: 7 });
  session.profile = { id: 'u2', email: 'grace' };
  await expect(change).rejects.toThrow('signed out');
  expect(many('set_review_options')).toBe(0);
});

test('rebuilding shows how far it is, and nothing else runs beside it', async () => {
  const work = optimiser.rebuild();
  await settle();
  last('rebuild_schedules').args.onProgress.onmessage({ done: 5, of: 20 });
  expect(optimiser.rebuilding).toMatchObject({ is: 'running', progress: { done: 5, of: 20 } });
  await optimiser.fit();
  expect(many('optimise')).toBe(0);
  last('rebuild_schedules').resolve({ cards: 20, changed: 1 });
  await work;
  expect(optimiser.rebuilding).toEqual({ is: 'done', rebuilt: { cards: 20, changed: 1 } });
});

test('the simulator starts from the present setting and asks once for it', async () => {
  const open = simulator.open();
  await settle();
  expect(last('simulate').args.request).toEqual({ desiredRetention: 0.9, days: 365, newPerDay: 20, reviewsPerDay: 200 });
  last('simulate').resolve(simulated(80));
  await open;
  expect(many('simulate')).toBe(1);
  expect(simulator.shown).toEqual(simulator.present);
});

test('the newest wish wins, one question runs at a time, and the old drawing stays meanwhile', async () => {
  atOnce.simulate = () => simulated(80);
  await simulator.open();
  delete atOnce.simulate;
  const before = many('simulate');
  vi.useFakeTimers();
  for (const percent of [91, 92, 93]) simulator.change({ desiredRetention: percent / 100 });
  await vi.advanceTimersByTimeAsync(300);
  vi.useRealTimers();
  await settle();
  expect(many('simulate')).toBe(before + 1);
  expect((last('simulate').args.request as SimulationRequest).desiredRetention).toBe(0.93);
  expect(simulator.shown?.request.desiredRetention).toBe(0.9);
  simulator.change({ desiredRetention: 0.97 });
  await simulator.run();
  expect(many('simulate')).toBe(before + 1);
  last('simulate').resolve(simulated(93));
  await settle();
  await settle();
  expect((last('simulate').args.request as SimulationRequest).desiredRetention).toBe(0.97);
  last('simulate').resolve(simulated(97));
  await settle();
  await settle();
  expect(simulator.shown).toMatchObject({ request: { desiredRetention: 0.97 }, simulation: { reviews: expect.arrayContaining([97]) } });
  expect(simulator.present?.request.desiredRetention).toBe(0.9);
  expect(simulator.working).toBe(false);
});

test('using a retention changes nothing else, from what is stored at that moment', async () => {
  atOnce.simulate = () => simulated(1);
  await simulator.open();
  const elsewhere = { ...options, newPerDay: 7 };
  let kept = scheduling({ options: elsewhere });
  atOnce.get_scheduling = () => kept;
  atOnce.set_review_options = (args) => (kept = scheduling({ options: args.options }));
  simulator.asked!.desiredRetention = 0.95;
  await simulator.use();
  expect(last('set_review_options').args.options).toEqual({ ...elsewhere, desiredRetention: 0.95 });
  expect(simulator.present?.request).toEqual({ desiredRetention: 0.95, days: 365, newPerDay: 7, reviewsPerDay: 200 });
});

test('each outcome is said in words', () => {
  expect(resultWords({ ...improved, outcome: 'too_few', before: null, after: null }).text).toMatch(/at least 8 reviews/);
  expect(resultWords({ ...improved, outcome: 'kept' }).text).toMatch(/nothing has changed/);
  expect(resultWords({ ...improved, onlyInitial: true }).text).toMatch(/fewer than 64/);
  expect(resultWords(improved).text).not.toMatch(/64/);
  expect(comparisons(improved.before, improved.after, 'en-US').map(({ before, after, better }) => [before, after, better])).toEqual([
    ['0.35', '0.33', true], ['5 points', '3 points', true],
  ]);
  expect(comparisons(null, null)).toEqual([]);
  expect(stageWords(null)).toBe('Starting');
  expect(stageWords({ stage: 'evaluating', done: 0, of: 1 })).toMatch(/^Step 3 of 4/);
  expect([0, 7_400, 754_000].map(passed)).toEqual(['0:00', '0:07', '12:34']);
});

test('a simulated year by weeks: work is averaged, memory is that of the week’s end', () => {
  const parts = buckets(100, 113, 'de-DE', 'week');
  const values = Array.from({ length: 14 }, (_, i) => i);
  const [first] = parts;
  const days = first!.to - first!.from + 1;
  expect(byWeek(values, 'memorised', parts, 100)[0]).toBe(days - 1);
  expect(byWeek(values, 'reviews', parts, 100)[0]).toBe((days - 1) / 2);
  expect(byWeek([], 'reviews', parts, 100)).toEqual(parts.map(() => null));
});

test('an outlook is compared with now only where it differs', () => {
  const said = outlook(simulated(100), simulated(80), 'en-US');
  expect(said.reviews).toEqual({ value: '100', text: 'reviews a day on average, 20 more than now' });
  expect(said.memorised.text).toMatch(/200 more than now$/);
  expect(outlook(simulated(80), simulated(100), 'en-US').minutes).toEqual({ value: '8 min', text: 'a day on average, 2 min less than now' });
  expect(outlook(simulated(80), simulated(80), 'en-US').reviews.text).toMatch(/as now$/);
  expect(outlook(simulated(80), null, 'en-US').reviews.text).toBe('reviews a day on average');
  const figure = curveFigure('reviews', simulated(100), simulated(80), { chosen: '95%', present: 'Present' }, 20_780, 'en-US');
  expect(tableOf(figure).rows[0]!.slice(1)).toEqual(['100', '80']);
  expect(figure.series[1]!.dashed).toBe(true);
  expect(tableOf(rescheduleFigure({ cards: 1, dueNow: 1, dueAfter: 2, days: [{ day: 20_780, now: 1, after: 2 }] }, 'en-US')).rows).toEqual([['Nov 23, 2026', '1', '2']]);
});
