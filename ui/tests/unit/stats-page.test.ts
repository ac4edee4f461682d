// The page over the made-up backend: figures, filters, tables, and what is kept while new figures come.
import { mockIPC } from '@tauri-apps/api/mocks';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

let svelte: typeof import('svelte');
let shown: Record<string, unknown> | undefined;
let asked: { range: string; scope: unknown }[];
let hold: Promise<void> | null;

const until = async (check: () => unknown) => {
  // The first one pays for transforming the page, on a machine that may be busy.
  for (const end = Date.now() + 25_000; Date.now() < end; ) {
    svelte.flushSync();
    if (check()) return;
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  throw new Error(`never came: ${check}\n${document.body.textContent}`);
};
const text = () => document.body.textContent ?? '';
const button = (name: string) => [...document.querySelectorAll('button')].find((one) => one.textContent?.trim() === name)!;

async function open(state: string) {
  history.replaceState(null, '', `/?state=${state}&fast`);
  const { statisticsCommands } = await import('../fake/statistics');
  mockIPC(async (command, args) => {
    if (command === 'list_conversations') return [{ id: 'c1', title: 'Rust', model: null, createdAt: 0, updatedAt: 0 }];
    if (command === 'statistics') {
      const given = args as unknown as { range: string; scope: unknown };
      asked.push(given);
      const waiting = hold;
      if (waiting) await waiting;
    }
    return statisticsCommands[command]!((args ?? {}) as Record<string, never>);
  });
  const { default: StatsPage } = await import('$features/stats/StatsPage.svelte');
  shown = svelte.mount(StatsPage, { target: document.body });
}

beforeEach(async () => {
  vi.resetModules();
  svelte = await import('svelte');
  asked = [];
  hold = null;
});
afterEach(async () => {
  if (shown) await svelte.unmount(shown);
  shown = undefined;
});

const TITLES = ['Today', 'Streak', 'Calendar', 'Reviews', 'Time', 'Coming up', 'Remembered now', 'True retention', 'Calibration', 'Cards', 'Added', 'Intervals', 'Stability', 'Difficulty', 'Answer buttons', 'Hours'];

test('every graph is there with a heading, and all but plain figures have a table', async () => {
  await open('full');
  await until(() => document.querySelector('.graphs'));
  expect([...document.querySelectorAll('h2')].map((heading) => heading.textContent)).toEqual(TITLES);
  for (const title of TITLES.slice(2)) {
    button(`Show as table: ${title}`).click();
    svelte.flushSync();
    const table = document.querySelector(`[aria-label="${title}, table"] table`);
    expect(table, title).not.toBeNull();
    expect(table!.querySelectorAll('tbody tr').length, title).toBeGreaterThan(0);
    expect(table!.querySelectorAll('tbody th[scope=row]').length, title).toBe(table!.querySelectorAll('tbody tr').length);
  }
});

test('range and filter are asked for, the old figures stay meanwhile, and both are there on coming back', async () => {
  await open('full');
  await until(() => document.querySelector('.graphs'));
  expect(asked.at(-1)).toEqual({ range: 'month', scope: { type: 'all' } });
  let release = () => {};
  hold = new Promise((resolve) => (release = resolve));
  document.querySelector<HTMLInputElement>('input[value=year]')!.click();
  await until(() => asked.at(-1)?.range === 'year');
  const before = document.querySelector('.graphs')!.textContent;
  expect(document.querySelector('.graphs')!.getAttribute('aria-busy')).toBe('true');
  expect(before).toContain('of 31 days');
  hold = null;
  release();
  await until(() => text().includes('of 366 days'));
  const filter = document.querySelector<HTMLSelectElement>('select[aria-label=Cards]')!;
  await until(() => [...filter.options].some(({ value }) => value === 'tag:rust') && [...filter.options].some(({ value }) => value === 'conversation:c1'));
  filter.value = 'tag:rust';
  filter.dispatchEvent(new Event('change', { bubbles: true }));
  await until(() => asked.some(({ range, scope }) => range === 'year' && JSON.stringify(scope) === '{"type":"tag","tag":"rust"}'));
  await svelte.unmount(shown!);
  await open('full');
  await until(() => document.querySelector('.graphs'));
  expect(document.querySelector<HTMLInputElement>('input[value=year]')!.checked).toBe(true);
  expect(document.querySelector<HTMLSelectElement>('select[aria-label=Cards]')!.value).toBe('tag:rust');
});

test('an answer that comes late does not replace the one that was asked for after it', async () => {
  await open('full');
  await until(() => document.querySelector('.graphs'));
  let release = () => {};
  hold = new Promise((resolve) => (release = resolve));
  document.querySelector<HTMLInputElement>('input[value=year]')!.click();
  await until(() => asked.at(-1)?.range === 'year');
  hold = null;
  document.querySelector<HTMLInputElement>('input[value=quarter]')!.click();
  await until(() => text().includes('of 92 days'));
  release();
  await new Promise((resolve) => setTimeout(resolve, 60));
  svelte.flushSync();
  expect(text()).toContain('of 92 days');
});

test('without cards the page says how to begin', async () => {
  await open('new');
  await until(() => text().includes('Nothing to show yet'));
  expect(document.querySelector('.graphs')).toBeNull();
});

test('a filter that holds no cards leaves graphs that say what would fill them', async () => {
  await open('day');
  await until(() => document.querySelector('.graphs'));
  const filter = document.querySelector<HTMLSelectElement>('select[aria-label=Cards]')!;
  filter.value = 'failing';
  filter.dispatchEvent(new Event('change', { bubbles: true }));
  await until(() => text().includes('There are no cards here yet'));
  expect(document.querySelectorAll('.graphs .nothing').length).toBe(13);
  expect(filter.isConnected).toBe(true);
});

test('the calendar is walked with the arrow keys and turned by the page keys', async () => {
  await open('full');
  await until(() => document.querySelector('[role=grid]'));
  const cell = document.querySelector<HTMLElement>('[role=gridcell][tabindex="0"]')!;
  const day = Number(cell.dataset.day);
  expect(cell.classList.contains('today')).toBe(true);
  const press = (key: string) => document.activeElement!.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  cell.focus();
  press('ArrowLeft');
  await until(() => (document.activeElement as HTMLElement).dataset.day === String(day - 7));
  expect(document.querySelectorAll('[role=gridcell][tabindex="0"]').length).toBe(1);
  press('PageUp');
  await until(() => document.querySelector('[role=grid]')!.getAttribute('aria-label') === `Reviews on each day of ${new Date(day * 86_400_000).getUTCFullYear() - 1}`);
  expect((document.activeElement as HTMLElement).getAttribute('role')).toBe('gridcell');
});

test('a failure keeps the figures and offers another try', async () => {
  await open('full');
  await until(() => document.querySelector('.graphs'));
  const { statisticsCommands } = await import('../fake/statistics');
  const works = statisticsCommands.statistics!;
  statisticsCommands.statistics = () => {
    throw { code: 'internal', message: 'The log could not be read.', retryAfterSeconds: null };
  };
  document.querySelector<HTMLInputElement>('input[value=all]')!.click();
  await until(() => text().includes('The log could not be read.'));
  expect(document.querySelector('.graphs')).not.toBeNull();
  statisticsCommands.statistics = works;
  button('Try again').click();
  await until(() => !text().includes('The log could not be read.'));
});
