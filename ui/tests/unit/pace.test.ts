// Words of an answer come to the page at once when nothing was drawn for a while, and in groups while many come.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Pace } from '$features/chat/pace';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'requestAnimationFrame', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** Something comes every `every` ms for `ms`; when was drawn, and how much had come. */
function drawn(ms: number, every: number) {
  const times: number[] = [];
  let waiting = 0;
  let shown = 0;
  const from = performance.now();
  const pace = new Pace(() => {
    times.push(performance.now() - from);
    shown += waiting;
    waiting = 0;
  });
  for (let at = 0; at < ms; at += every) {
    waiting += 1;
    pace.came();
    vi.advanceTimersByTime(every);
  }
  vi.advanceTimersByTime(100);
  return { times, shown };
}

test('the first words are there with the next frame', () => {
  expect(drawn(1, 1).times[0]).toBeLessThanOrEqual(17);
});

test('what comes 200 times a second is drawn about 20 times a second, and all of it', () => {
  const { times, shown } = drawn(1_000, 5);
  expect(times.length).toBeGreaterThanOrEqual(17);
  expect(times.length).toBeLessThanOrEqual(22);
  expect(shown).toBe(200);
});

test('what comes seldom waits for nothing but a frame', () => {
  const { times } = drawn(1_000, 100);
  times.forEach((at, i) => expect(at - i * 100).toBeLessThanOrEqual(17));
});
