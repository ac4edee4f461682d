// Studying in the whole window: what the keys open, that nothing typed is lost, and the ways there and back.
import { expect, test, vi } from 'vitest';
import { draw, named, one, open, press, type, until } from './window';

const text = () => document.body.textContent ?? '';
const dialog = () => document.querySelector('dialog');
/** Longer than a press that bounces. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 280));

async function study(state = 'full') {
  await open(state, '#/study');
  await until(() => named('button', 'Show answer').length);
  await pause();
}
async function rate(key: string) {
  press(' ');
  await until(() => named('button', 'Good').length);
  press(key);
  await until(() => named('button', 'Good').length === 0);
  await pause();
}
const escape = () => {
  // As the engine does it: a key that nobody took closes the dialog.
  const event = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true });
  if ((document.activeElement ?? document.body).dispatchEvent(event)) dialog()?.close();
};

test('the header says what is studied, how much is left, and that it is all reachable by mouse', async () => {
  await study();
  expect(text()).toContain('Card 1 of 15');
  expect(document.querySelector('[aria-label="Left to study"]')?.textContent?.replace(/\s+/g, ' ')).toMatch(/^\d+ new\s?\d+ learning\s?\d+ review$/);
  expect(one('button', 'Mark').getAttribute('aria-pressed')).toBe('false');
  expect((one('button', 'Nothing to undo') as HTMLButtonElement).disabled).toBe(true);
  one('button', 'More for this card').click();
  await until(() => document.querySelector('[role="menu"]'));
  const items = [...document.querySelectorAll('[role="menuitem"]')].map((item) => item.querySelector('span')?.textContent);
  expect(items).toEqual(['Edit', 'Mark', 'Bury until tomorrow', 'Suspend', 'Split…', 'Delete', 'Card info', 'Where it came from']);
  expect(document.activeElement).toBe(document.querySelector('[role="menuitem"]'));
  press('ArrowUp');
  expect(document.activeElement?.textContent).toContain('Where it came from');
  press('ArrowDown');
  press('ArrowDown');
  // The menu's keys are its own.
  press('3');
  expect(document.activeElement?.textContent).toContain('Mark');
  (document.activeElement as HTMLElement).click();
  await until(() => named('button', 'Mark')[0]?.getAttribute('aria-pressed') === 'true');
  expect(document.querySelector('[role="menu"]')).toBeNull();
});

test('"?" lists the keys, and no key reaches the card beneath', async () => {
  await study();
  press('?');
  await until(() => dialog()?.textContent?.includes('Where it came from'));
  document.body.focus();
  press(' ');
  press('-');
  draw();
  expect(named('button', 'Good')).toHaveLength(0);
  escape();
  await until(() => !dialog());
  expect(text()).toContain('Card 1 of 15');
  press(' ');
  await until(() => named('button', 'Good').length);
});

test('E edits over the page: Escape loses nothing, Ctrl+Enter saves, the card stays where it was', async () => {
  await study();
  press(' ');
  await until(() => named('button', 'Good').length);
  press('e');
  await until(() => named('button', 'Save changes').length);
  expect(document.activeElement?.tagName).toBe('TEXTAREA');
  type(document.activeElement as HTMLElement, 'Half a thought');
  // Digits belong to the field.
  press('3');
  escape();
  await until(() => !dialog());
  expect(named('button', 'Good')).toHaveLength(1);
  expect(text()).toContain('retrieval practice');
  press('e');
  await until(() => text().includes('what you typed and did not save'));
  expect((document.activeElement as HTMLTextAreaElement).value).toBe('Half a thought');
  type(document.activeElement as HTMLElement, 'A whole thought?');
  press('Enter', { ctrlKey: true });
  await until(() => !dialog() && text().includes('A whole thought?'));
  expect(named('button', 'Good')).toHaveLength(1);
  expect(text()).toContain('Card saved.');
  await until(() => named('button', 'Undo editing the card').length);
  one('button', 'Undo').click();
  await until(() => text().includes('retrieval practice'));
});

test('Cancel throws away what was typed', async () => {
  await study();
  press('e');
  await until(() => named('button', 'Save changes').length);
  type(document.activeElement as HTMLElement, 'Half a thought');
  one('button', 'Cancel').click();
  await until(() => !dialog());
  press('e');
  await until(() => named('button', 'Save changes').length);
  expect(text()).not.toContain('did not save');
});

test('the next card is there as soon as the answer is: no frame, no timer, nothing else is waited for', async () => {
  await study();
  press(' ');
  draw();
  press('3');
  // Only promises are kept here, as they are between a key and the frame after it.
  for (let i = 0; i < 60; i += 1) await Promise.resolve();
  draw();
  expect(text()).toContain('Card 2 of 15');
  expect(text()).toContain('Which formula');
});

test('a button pressed by mouse keeps no keys for itself; one reached by Tab does', async () => {
  await study();
  const star = one('button', 'Mark');
  star.focus();
  star.dispatchEvent(new MouseEvent('click', { bubbles: true, detail: 1 }));
  await until(() => one('button', 'Mark').getAttribute('aria-pressed') === 'true');
  press(' ');
  await until(() => named('button', 'Good').length);
  expect(one('button', 'Mark').getAttribute('aria-pressed')).toBe('true');
  one('button', 'Mark').focus();
  press(' ');
  draw();
  expect(text()).toContain('Card 1 of 15');
});

test('bury, suspend and delete go on to the next card, and U brings each back', async () => {
  await study();
  for (const [key, words] of [['-', 'buried'], ['@', 'suspended'], ['Delete', 'deleted']] as const) {
    press(key, { ctrlKey: key === 'Delete' });
    await until(() => text().includes(`Card ${words}`));
    expect(text()).not.toContain('retrieval practice');
    await pause();
    press('u');
    await until(() => text().includes('retrieval practice'));
    await pause();
  }
});

test('card info: words, history, and the way to the source; then back to the same card, its answer open', async () => {
  await study();
  await rate('3');
  press(' ');
  await until(() => named('button', 'Good').length);
  press('i');
  await until(() => dialog()?.querySelector('table'));
  for (const words of ['Chance of recall now', 'Memory lasts', 'Difficulty', 'Forgotten', 'Added', 'Rescheduled']) expect(dialog()?.textContent).toContain(words);
  expect(dialog()!.querySelectorAll('tbody tr')).toHaveLength(8);
  one('button', 'Where it came from').click();
  await until(() => location.hash.startsWith('#/chat/c0/a0/'));
  await until(() => document.querySelector('[data-message="a0"]'));
  // No highlights in this engine: the block is marked, until a key.
  await until(() => document.querySelector('.block[data-passage]'));
  expect(document.querySelectorAll('[data-passage]')).toHaveLength(1);
  expect(document.querySelector('[data-passage]')?.textContent).toContain('w_{20}');
  await until(() => text().includes('The passage that the card came from is marked.'));
  press('Shift');
  await until(() => !document.querySelector('[data-passage]'));
  one('link', 'Back to study').click();
  await until(() => named('button', 'Good').length);
  expect(text()).toContain('Card 2 of 15');
});

test('S goes to the source; where there is none, or it was deleted, it says so and stays', async () => {
  await study();
  press('s');
  await until(() => location.hash.startsWith('#/chat/c0/a0/'));
  await until(() => text().includes('is marked'));
  one('link', 'Back to study').click();
  await until(() => named('button', 'Show answer').length);
  for (const key of ['3', '3', '3']) await rate(key);
  press('s');
  await until(() => text().includes('You wrote this card yourself'));
  await rate('3');
  press('s');
  await until(() => text().includes('was deleted. The card itself is safe.'));
  expect(location.hash).toBe('#/study');
});

test('a leech is told without taking keys; its history, split, and later', async () => {
  await study();
  await rate('3');
  await rate('1');
  expect(text()).toContain('You have forgotten this card 8 times.');
  for (const name of ['Show history', 'Edit', 'Split…', 'Suspend', 'Reset', 'Later']) one('button', name);
  expect(document.activeElement?.closest('.leech')).toBeNull();
  press(' ');
  await until(() => named('button', 'Good').length);
  one('button', 'Split…').click();
  await until(() => named('button', 'Split into 2').length);
  const fields = [...dialog()!.querySelectorAll('textarea')];
  expect(fields.map(({ value }) => value).filter((value) => value.includes('formula'))).toHaveLength(2);
  type(fields[1]!, '');
  one('button', 'Split into 2').click();
  await until(() => text().includes('Each card needs a question and an answer.'));
  type(fields[1]!, 'One half');
  type(fields[3]!, 'The other half');
  one('button', 'Another card').click();
  await until(() => named('button', 'Split into 3').length);
  one('button', 'Leave card 3 out').click();
  await until(() => named('button', 'Split into 2').length);
  one('button', 'Split into 2').click();
  await until(() => text().includes('Card split into 2.'));
  expect(document.querySelector('.leech')).toBeNull();
  // The card on the screen was another one and stays open.
  expect(named('button', 'Good')).toHaveLength(1);
});

test('reset asks first', async () => {
  await study();
  await rate('3');
  one('button', 'More for this card').click();
  await until(() => document.querySelector('[role="menu"]'));
  [...document.querySelectorAll<HTMLElement>('[role="menuitem"]')].find((item) => item.textContent?.includes('Reset'))!.click();
  await until(() => text().includes('Reset this card?'));
  one('button', 'Reset card').click();
  await until(() => text().includes('It is new again.'));
  expect(dialog()).toBeNull();
});

test('the chooser: by filter and Enter, by arrows, with cramming', async () => {
  await study();
  press('d');
  await until(() => document.querySelectorAll('input[name="scope"]').length > 8);
  type(document.querySelector<HTMLInputElement>('[aria-label="Find a tag or conversation"]')!, '#rus');
  draw();
  expect([...document.querySelectorAll('.choices label')].map((label) => label.querySelector('.label')?.textContent)).toEqual(['#rust', 'Rust: ownership in one page']);
  const cram = document.querySelector<HTMLInputElement>('input[type="checkbox"]')!;
  cram.click();
  document.querySelector<HTMLInputElement>('[aria-label="Find a tag or conversation"]')!.focus();
  press('Enter');
  await until(() => text().includes('Cramming: schedules are not touched.'));
  expect(document.querySelector('.scope')?.textContent).toContain('#rust');
  expect(text()).toContain('Card 1 of 26');
  expect(document.querySelector('[aria-label="Left to study"]')).toBeNull();
  press(' ');
  await until(() => named('button', 'Good').length);
  // Nothing is scheduled, so no interval is promised.
  expect(document.getElementById('interval-good')?.textContent).not.toMatch(/\d/);
});

test('the end: figures, more of what limits hold back, undo, and another choice', async () => {
  await study('short');
  await rate('3');
  await rate('1');
  await until(() => text().includes('Done for now'));
  expect(text().replace(/\s+/g, ' ')).toMatch(/2 cards reviewed in under a minute/);
  expect(text()).toContain('0 of 1 review');
  expect(text()).toContain('9.4 s');
  expect(text()).toContain('hold back 34 new cards and 18 reviews');
  // Never more than there is.
  one('button', 'Study 18 more reviews');
  one('button', 'Start over with…').click();
  await until(() => text().includes('What to study'));
  one('button', 'Cancel').click();
  await until(() => !dialog());
  press('u');
  await until(() => text().includes('Card 2 of 2'));
  await pause();
  await rate('3');
  await until(() => text().includes('Done for now'));
  one('button', 'Study 10 more new cards').click();
  await until(() => text().includes('Card 3 of 12'));
});

test('the end of a cram offers no limits to raise', async () => {
  await study('short');
  press('d');
  await until(() => document.querySelector('input[type="checkbox"]'));
  document.querySelector<HTMLInputElement>('input[type="checkbox"]')!.click();
  draw();
  one('button', 'Cram').click();
  await until(() => text().includes('Cramming'));
  await pause();
  await rate('3');
  await rate('3');
  await until(() => text().includes('Done for now'));
  expect(text()).not.toContain('hold back');
  expect([...document.querySelectorAll('button')].filter(({ textContent }) => /more/.test(textContent))).toEqual([]);
});

test('the end is there again when one comes back, with what was done', async () => {
  await study('short');
  await rate('3');
  await rate('3');
  await until(() => text().includes('Done for now'));
  const { commands } = await import('$lib/bindings');
  const begun = vi.spyOn(commands, 'startStudy');
  const more = vi.spyOn(commands, 'studyMore');
  location.hash = '#/cards';
  await until(() => !text().includes('Done for now'));
  location.hash = '#/study';
  await until(() => text().includes('Done for now'));
  await until(() => more.mock.calls.length);
  expect(more).toHaveBeenCalledExactlyOnceWith(0, 0);
  expect(begun).not.toHaveBeenCalled();
});

test('where there was nothing to do a new look is taken on coming back', async () => {
  await open('done', '#/study');
  await until(() => text().includes('Nothing due'));
  const { commands } = await import('$lib/bindings');
  const begun = vi.spyOn(commands, 'startStudy');
  location.hash = '#/cards';
  await until(() => !text().includes('Nothing due'));
  location.hash = '#/study';
  await until(() => begun.mock.calls.length);
});

test('each question is announced as it comes, and the end', async () => {
  await study('short');
  const status = document.querySelector('[role="status"].visually-hidden')!;
  expect(status.textContent).toContain('retrieval practice');
  press(' ');
  draw();
  expect(status.textContent).toBe('');
  press('3');
  await until(() => status.textContent?.includes('Which formula'));
  await pause();
  await rate('3');
  await until(() => status.textContent === 'Session finished, 2 cards reviewed.');
});

test('a card’s source is one click away, and where it is gone its info says so itself', async () => {
  await study();
  one('button', 'Source answer of this card');
  for (const key of ['3', '3', '3']) await rate(key);
  expect(named('button', 'Source answer of this card')).toHaveLength(0);
  await rate('3');
  press('i');
  await until(() => named('button', 'Where it came from').length);
  one('button', 'Where it came from').click();
  await until(() => dialog()?.querySelector('[role="alert"]')?.textContent?.includes('was deleted. The card itself is safe.'));
  expect(location.hash).toBe('#/study');
});

test('a conversation that is studied is named, though its list was not read', async () => {
  await study();
  const { study: store } = await import('$features/study/study.svelte');
  await store.start({ scope: { type: 'conversation', id: 'c0' }, cram: false });
  await until(() => document.querySelector('.scope')?.textContent?.includes('Why spacing beats cramming'));
});

test('a conversation deleted since is an address that still opens', async () => {
  await open('full', '#/chat/c0/nowhere/3-9/cards');
  await until(() => text().includes('is not in this conversation any more'));
  one('link', 'Back to cards');
});
