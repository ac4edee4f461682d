// The end of a conversation is kept in sight until the person scrolls up, whatever the engine makes of rows that are being drawn.
import { beforeEach, expect, test, vi } from 'vitest';
import type { Message } from '$lib/bindings';
import { Rows } from '$features/chat/rows.svelte';

const message = { id: 'm', role: 'assistant', content: 'Because.' } as Message;
let view: HTMLElement;
let row: HTMLElement;
let height = 1_000;
let measure: (entries: ResizeObserverEntry[]) => void;
const measured = () => measure([{ target: row } as unknown as ResizeObserverEntry]);

function opened(growing = true): Rows {
  vi.stubGlobal('ResizeObserver', class {
    constructor(callback: typeof measure) {
      measure = callback;
    }
    observe() {}
    unobserve() {}
    disconnect() {}
  });
  view = document.createElement('div');
  const list = document.createElement('div');
  row = document.createElement('div');
  row.dataset.row = 'm';
  view.append(list);
  list.append(row);
  document.body.append(view);
  // No layout in jsdom: a view of 600 pixels, as far to scroll as its text is longer.
  let top = 0;
  Object.defineProperties(view, {
    clientHeight: { value: 600 },
    scrollHeight: { get: () => height },
    scrollTop: { get: () => top, set: (wanted: number) => (top = Math.max(0, Math.min(wanted, height - 600))) },
  });
  Object.defineProperty(row, 'offsetHeight', { get: () => height });
  const rows = new Rows(new Map(), () => growing);
  rows.of(message);
  rows.watch(view, list);
  rows.toEnd();
  rows.drawn(row);
  return rows;
}

/** The text is shorter for a moment, and the engine tells of the scroll when it is long again. */
function shrinks(rows: Rows): void {
  height = 600;
  view.scrollTop = 0;
  height = 1_200;
  rows.scrolled();
}

beforeEach(() => (height = 1_000));

test('a row that is empty while it is drawn does not end the following', () => {
  const rows = opened();
  expect(view.scrollTop).toBe(400);
  shrinks(rows);
  expect(rows.following).toBe(true);
  measured();
  expect(view.scrollTop).toBe(600);
});

test.each(['wheel', 'keydown', 'touchmove', 'pointerdown'])('the person ends it at any time by %s', (type) => {
  const rows = opened();
  view.dispatchEvent(new Event(type));
  view.scrollTop = 100;
  rows.scrolled();
  expect(rows.following).toBe(false);
  measured();
  expect(view.scrollTop).toBe(100);
});

test('so does a scroll whose cause is not seen, once all is measured or nothing is waited for', () => {
  const rows = opened();
  measured();
  view.scrollTop = 100;
  rows.scrolled();
  expect(rows.following).toBe(false);
  view.scrollTop = 400;
  rows.scrolled();
  expect(rows.following).toBe(true);

  const quiet = opened(false);
  shrinks(quiet);
  expect(quiet.following).toBe(false);
});

test('what was seen before stays in its place when what is above it turns out taller', () => {
  opened(false);
  const heights = [300, 300, 300, 300];
  const top = (at: number) => heights.slice(0, at).reduce((sum, one) => sum + one, 0);
  const view = document.createElement('div');
  const list = document.createElement('div');
  view.append(list);
  document.body.append(view);
  let scrolled = 0;
  Object.defineProperties(view, {
    clientHeight: { value: 700 },
    scrollHeight: { get: () => top(4) },
    scrollTop: { get: () => scrolled, set: (wanted: number) => (scrolled = wanted) },
  });
  const rows = new Rows(new Map(), () => false);
  const all = heights.map((_, at) => {
    const element = document.createElement('div');
    element.dataset.row = `m${at}`;
    list.append(element);
    Object.defineProperties(element, { offsetTop: { get: () => top(at) }, offsetHeight: { get: () => heights[at] } });
    rows.of({ ...message, id: `m${at}` } as Message);
    return element;
  });
  const measured = (at: number) => measure([{ target: all[at] } as unknown as ResizeObserverEntry]);
  rows.watch(view, list);
  rows.following = false;
  view.scrollTop = 900;
  rows.scrolled();
  measured(3);
  // The last of the four is the only one that was seen before.
  view.scrollTop = 300;
  rows.scrolled();
  heights[2] = 350;
  measured(2);
  expect(view.scrollTop).toBe(350);
});
