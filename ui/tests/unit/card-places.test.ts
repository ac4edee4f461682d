// Between cards and the answers they came from: a selected passage, several answers, marked passages, gaps while studying.
import { expect, test } from 'vitest';
import { route } from '$lib/route.svelte';
import { draw, named, one, open, press, until } from './window';

const text = () => document.body.textContent ?? '';
const items = () => [...document.querySelectorAll<HTMLElement>('[data-draft]')];

test('a selected passage becomes cards by its key, with the range of its Markdown', async () => {
  await open('nothing', '#/chat/c0');
  await until(() => document.querySelector('.answer .markdown p'));
  const range = document.createRange();
  range.selectNodeContents(document.querySelector('.answer .markdown p strong')!);
  getSelection()!.removeAllRanges();
  getSelection()!.addRange(range);
  press('M', { ctrlKey: true, shiftKey: true });
  await until(() => items().length === 2);
  const { jobs } = await import('$features/drafts/jobs.svelte');
  // It ended well, so there is nothing left to be said of it.
  expect(jobs.list).toEqual([]);
  expect(text()).toContain('2 drafts to look through');
});

test('without a selection the key says what to do', async () => {
  await open('nothing', '#/chat/c0');
  await until(() => document.querySelector('.answer .markdown p'));
  getSelection()!.removeAllRanges();
  press('M', { ctrlKey: true, shiftKey: true });
  await until(() => text().includes('Select a passage of an answer first'));
});

test('several answers are chosen together, and their drafts stand under each', async () => {
  await open('context', '#/chat/c0');
  await until(() => named('button', 'More for this conversation').length);
  one('button', 'More for this conversation').click();
  await until(() => document.querySelector('[role="menuitem"]'));
  [...document.querySelectorAll<HTMLElement>('[role="menuitem"]')].find((item) => item.textContent?.includes('several answers'))!.click();
  await until(() => text().includes('Choose answers above'));
  const bar = document.querySelector<HTMLElement>('[aria-label="Make cards from several answers"]')!;
  const press1 = (label: RegExp) => [...bar.querySelectorAll<HTMLElement>('button')].find((button) => label.test(button.textContent ?? ''))!.click();
  press1(/^All/);
  await until(() => /\d answers chosen/.test(bar.textContent ?? ''));
  document.querySelector<HTMLElement>('.pick input')!.click();
  draw();
  const chosen = Number(/(\d+) answers? chosen/.exec(bar.textContent ?? '')![1]);
  press1(/^Make cards$/);
  const { jobs } = await import('$features/drafts/jobs.svelte');
  expect(jobs.list[0]?.request).toMatchObject({ type: 'answers' });
  expect((jobs.list[0]!.request as { messageIds: string[] }).messageIds).toHaveLength(chosen);
  expect(document.querySelector('[aria-label="Make cards from several answers"]')).toBeNull();
  await jobs.cancel(jobs.list[0]!);
  await until(() => jobs.running === 0);
});

test('passages that have cards are marked, and their cards are shown with the chance of recall now', async () => {
  await open('nothing', '#/chat/c0');
  // This engine has no highlights: the blocks are marked.
  await until(() => document.querySelectorAll('.block[data-has-cards]').length >= 3);
  expect(document.querySelector('.block[data-has-cards]')?.textContent).toContain('Spacing works because');
  await until(() => [...document.querySelectorAll('button')].some((button) => /Has \d+ cards/.test(button.textContent ?? '')));
  [...document.querySelectorAll<HTMLElement>('button')].find((button) => /Has \d+ cards/.test(button.textContent ?? ''))!.click();
  await until(() => document.querySelector('dialog .question'));
  expect(document.querySelector('dialog')!.textContent).toMatch(/about \d+ % now/);
  expect([...document.querySelectorAll('dialog a')].map((link) => link.getAttribute('href'))).toContain('#/cards/k0');
});

test('an answer that changed since says so on the card and where one comes to', async () => {
  await open('nothing', '#/cards/k2');
  await until(() => document.querySelector('dialog dl'));
  await until(() => text().includes('The answer has changed since this card was made'));
  one('button', 'Where it came from').click();
  await until(() => location.hash.startsWith('#/chat/c0'));
  expect(route.place === null || location.hash.endsWith('/cards/changed')).toBe(true);
  await until(() => document.querySelector('.back')?.textContent?.includes('has changed since'));
});

test('while studying, what a gap hides is nowhere on the page until it is shown', async () => {
  await open('nothing', '#/study');
  await until(() => named('button', 'Show answer').length);
  for (let i = 0; i < 5; i += 1) {
    press(' ');
    await until(() => named('button', 'Easy').length);
    await new Promise((resolve) => setTimeout(resolve, 260));
    press('4');
    await until(() => text().includes(`Card ${i + 2} of`) && named('button', 'Show answer').length);
  }
  await until(() => document.querySelector('.cloze-blank'));
  expect(document.querySelector('.cloze-blank')!.textContent).toBe('[per cent]');
  expect(document.documentElement.outerHTML).not.toContain('90 %');
  press(' ');
  await until(() => document.querySelector('.study .cloze-shown'));
  expect(document.querySelector('.study .cloze-shown')!.textContent).toBe('90 %');
  expect(document.querySelector('.study article .answer')!.textContent).toContain('stability');
});
