// The tray as a person uses it: by keyboard, with what is found on each draft, its repair, its doubles; new cards from Ctrl+N.
import { expect, test } from 'vitest';
import { draw, named, one, open, press, type, until } from './window';

const text = () => document.body.textContent ?? '';
const items = () => [...document.querySelectorAll<HTMLElement>('[data-draft]')];
const button = (label: string) => [...document.querySelectorAll<HTMLElement>('button')].find((one) => one.textContent?.trim() === label);
async function tray(state = 'full') {
  await open(state, '#/cards/drafts');
  await until(() => text().includes('drafts to look through') && items().length >= 4);
}

test('by keyboard: move, edit in place, keep, undo, drop, all at once', async () => {
  await tray();
  press('j');
  await until(() => document.activeElement === items()[0]);
  press('j');
  await until(() => document.activeElement === items()[1]);
  press('e');
  await until(() => document.activeElement?.tagName === 'TEXTAREA');
  type(document.activeElement as HTMLElement, 'Why does spacing work?');
  press('Escape');
  await until(() => items()[1]?.textContent?.includes('Why does spacing work?'));
  await until(() => document.activeElement === items()[1]);
  press(' ');
  await until(() => text().includes('1 card kept') && items().length === 3);
  // Who came into its place has the focus.
  await until(() => document.activeElement === items()[1]);
  press('u');
  await until(() => items().length === 4 && items()[1]?.textContent?.includes('Why does spacing work?'));
  press('d');
  await until(() => items().length === 3);
  press('D', { shiftKey: true });
  await until(() => button('Drop all 3'));
  button('Drop all 3')!.click();
  await until(() => text().includes('No drafts'));
  expect(text()).toContain('Go to Chat');
});

test('keeping a text with gaps gives a card for each, and nothing is studied that was not kept', async () => {
  await tray();
  const { answer } = await import('../fake/backend');
  const stored = async () => ((await answer('list_cards', { query: '', after: null, limit: 1 })) as { total: number }).total;
  const before = await stored();
  one('button', 'Keep draft 1').click();
  await until(() => text().includes('2 cards kept'));
  expect(await stored()).toBe(before + 2);
  one('button', 'Undo').click();
  await until(() => items().length === 4);
  expect(await stored()).toBe(before);
});

test('what is found is said, and a repair shows the change before it is used', async () => {
  await tray();
  expect(items()[1]?.querySelector('.findings')?.textContent).toContain('has no end');
  one('button', 'Repair draft 2').click();
  await until(() => button('Use it'));
  expect(document.querySelector('.repair del')?.textContent).toContain('Explain');
  expect(document.querySelector('.repair ins')?.textContent).toContain('Why');
  expect(items()[1]?.querySelector('.card-question')?.textContent).toContain('Explain');
  button('Use it')!.click();
  await until(() => items()[1]?.querySelector('.card-question')?.textContent?.includes('Why does spacing make'));
  expect(items()[1]?.querySelector('.findings')).toBeNull();
});

test('a repair that takes long is cancelled, and the keys go on with its draft', async () => {
  await open('slow', '#/cards/drafts');
  await until(() => items().length >= 4);
  one('button', 'Repair draft 2').click();
  await until(() => text().includes('Asking the model') && button('Cancel'));
  const { calls } = await import('../fake/backend');
  button('Cancel')!.click();
  await until(() => !text().includes('Asking the model'));
  expect(document.activeElement).toBe(items()[1]);
  const asked = calls.find(({ command }) => command === 'repair_draft')!;
  expect(calls.filter(({ command }) => command === 'cancel_drafts').map(({ args }) => args.job)).toEqual([asked.args.job]);
});

test('a repair and a making that fail have the ways out of the chat, and another model is chosen on the spot', async () => {
  await tray('no-model');
  one('button', 'Repair draft 2').click();
  await until(() => text().includes('does not have the model') && button('Choose another model'));
  expect(items()[1]!.querySelector('.failure .ways')?.textContent).toMatch(/Open settings\s+Choose another model/);
  button('Choose another model')!.click();
  await until(() => items()[1]!.querySelector('select[data-models]'));
  const list = items()[1]!.querySelector<HTMLSelectElement>('select[data-models]')!;
  list.value = [...list.options].find(({ value }) => value !== list.value)!.value;
  list.dispatchEvent(new Event('change', { bubbles: true }));
  await until(() => button('Try with it') && !(button('Try with it') as HTMLButtonElement).disabled);
  button('Try with it')!.click();
  await until(() => button('Use it'));

  location.hash = '#/chat/c0';
  await until(() => named('button', 'Make cards').length);
  one('button', 'Make cards').click();
  await until(() => document.querySelector('.answer .model-failure'));
  expect(document.querySelector('.answer .model-failure .ways')?.textContent).toMatch(/Choose another model/);
});

test('a likely duplicate is put side by side; keeping the one that is there drops the draft', async () => {
  await tray();
  await until(() => text().includes('Much like a card you have'));
  one('button', 'Keep draft 4').click();
  await until(() => text().includes('You may have this already'));
  for (const choice of ['Keep the one I have', 'Keep the draft instead', 'Keep both', 'Merge…']) expect(button(choice), choice).toBeDefined();
  button('Keep the one I have')!.click();
  await until(() => items().length === 3 && !document.querySelector('dialog'));
});

test('the two are drawn as they are studied, and Escape in merging leads back to them', async () => {
  await tray();
  await until(() => button('Compare'));
  button('Compare')!.click();
  await until(() => document.querySelectorAll('dialog section [data-math]').length === 2);
  expect([...document.querySelectorAll('dialog section')].map((side) => side.getAttribute('aria-label'))).toEqual(['The draft', 'The card you have']);
  button('Merge…')!.click();
  await until(() => text().includes('Merge the two'));
  // As Escape does: the dialog closes itself before it tells of it.
  document.querySelector('dialog')!.close();
  await until(() => document.querySelector('dialog')?.open && text().includes('You may have this already'));
  document.querySelector('dialog')!.close();
  await until(() => !document.querySelector('dialog'));
  button('Compare')!.click();
  await until(() => document.querySelector('dialog')?.open);
  expect(items()).toHaveLength(4);
});

test('words that only one of the two has are marked on its side', async () => {
  await tray();
  one('button', 'Edit draft 4').click();
  await until(() => named('textbox', 'Question').length);
  type(one('textbox', 'Question'), 'Which formula gives the chance of recall now in FSRS?');
  press('Escape');
  await until(() => items()[3]?.textContent?.includes('recall now') && button('Compare'));
  button('Compare')!.click();
  // Without highlights in the engine whole blocks are.
  await until(() => document.querySelector('dialog [aria-label="The draft"] .card-question [data-only-draft]'));
  expect(document.querySelector('dialog [aria-label="The draft"] .card-answer [data-only-draft]')).toBeNull();
  expect(document.querySelector('dialog [aria-label="The card you have"] [data-only-other]')).toBeNull();
});

test('tags by keyboard: of one draft, and of all with one word to take them back', async () => {
  await tray();
  press('j');
  await until(() => document.activeElement === items()[0]);
  press('t');
  await until(() => document.activeElement?.getAttribute('role') === 'combobox');
  type(document.activeElement as HTMLElement, 'fsrs, mine');
  press('Escape');
  await until(() => document.activeElement === items()[0] && items()[0]?.textContent?.includes('mine'));
  press('T', { shiftKey: true });
  await until(() => text().includes('Tag these 4 drafts'));
  type(document.activeElement as HTMLElement, 'exam, mine');
  draw();
  button('Tag all 4')!.click();
  const tagged = (tag: string) => items().filter((item) => [...item.querySelectorAll('.tag')].some((one) => one.textContent === tag)).length;
  await until(() => tagged('exam') === 4 && tagged('mine') === 4 && text().includes('4 drafts tagged'));
  press('z', { ctrlKey: true });
  // What the first had before stays.
  await until(() => tagged('exam') === 0 && tagged('mine') === 1);
});

test('a key works back through what was done, also once nothing is left', async () => {
  await tray();
  press('j');
  await until(() => document.activeElement === items()[0]);
  press('d');
  await until(() => items().length === 3);
  press('D', { shiftKey: true });
  await until(() => button('Drop all 3'));
  button('Drop all 3')!.click();
  await until(() => text().includes('No drafts'));
  press('z', { ctrlKey: true });
  await until(() => items().length === 3);
  press('u');
  await until(() => items().length === 4);
});

test('merging changes the card that is there and drops the draft', async () => {
  await tray();
  one('button', 'Keep draft 4').click();
  await until(() => button('Merge…'));
  button('Merge…')!.click();
  await until(() => named('textbox', 'Question').length === 1);
  type(one('textbox', 'Question'), 'Merged question?');
  button('Merge')!.click();
  await until(() => items().length === 3 && !document.querySelector('dialog'));
  const { answer } = await import('../fake/backend');
  const found = (await answer('list_cards', { query: 'Merged question?', after: null, limit: 5 })) as { rows: unknown[] };
  expect(found.rows).toHaveLength(1);
  // One word gives both back.
  one('button', 'Undo').click();
  await until(() => items().length === 4 && text().includes('The card says what it said'));
  const after = (await answer('list_cards', { query: 'Merged question?', after: null, limit: 5 })) as { rows: unknown[] };
  expect(after.rows).toHaveLength(0);
});

test('parts that fail are listed with a way to try again, and the drafts of the others are there', async () => {
  await open('bad-parts', '#/chat/c0');
  await until(() => named('button', 'Make cards').length);
  one('button', 'Make cards').click();
  await until(() => text().includes('asked to wait'));
  for (let i = 0; i < 4 && !text().includes('of one part are missing'); i += 1) await until(() => true).then(() => new Promise((resolve) => setTimeout(resolve, 1_200)));
  await until(() => text().includes('Cards of one part are missing'));
  expect(items()).toHaveLength(4);
  [...document.querySelectorAll<HTMLElement>('.failed button')][0]!.click();
  draw();
  await until(() => !text().includes('of one part are missing'));
});

test('a new card: the cloze key, both faces, saved and open for the next with its tags; Escape loses nothing', async () => {
  await open('full', '#/cards');
  await until(() => named('button', 'New card').length);
  press('n', { ctrlKey: true });
  await until(() => named('textbox', 'Question').length);
  const field = one('textbox', 'Question') as HTMLTextAreaElement;
  type(field, 'The capital of Chad is Ndjamena.');
  field.setSelectionRange(23, 31);
  field.focus();
  press('C', { ctrlKey: true, shiftKey: true, code: 'KeyC' });
  await until(() => named('textbox', 'Text').length);
  expect((one('textbox', 'Text') as HTMLTextAreaElement).value).toBe('The capital of Chad is {{c1::Ndjamena}}.');
  await until(() => document.querySelector('.preview .cloze-blank'));
  const [question] = document.querySelectorAll('.preview article .question');
  expect(question!.innerHTML).not.toContain('Ndjamena');
  document.querySelector('dialog')!.close();
  await until(() => !document.querySelector('dialog'));
  press('n', { ctrlKey: true });
  await until(() => named('textbox', 'Text').length);
  expect((one('textbox', 'Text') as HTMLTextAreaElement).value).toContain('{{c1::Ndjamena}}');
  type([...document.querySelectorAll<HTMLElement>('dialog input[role="combobox"]')][0]!, 'geography');
  draw();
  one('button', 'Save card').click();
  await until(() => text().includes('1 card saved'));
  expect((one('textbox', 'Text') as HTMLTextAreaElement).value).toBe('');
  expect([...document.querySelectorAll<HTMLInputElement>('dialog input[role="combobox"]')][0]!.value).toBe('geography');
});

test('pasting many: what was read, and which line was not; into the tray', async () => {
  await open('full', '#/cards');
  await until(() => named('button', 'New card').length);
  one('button', 'New card').click();
  await until(() => document.querySelector('[role="tab"]'));
  document.querySelectorAll<HTMLElement>('[role="tab"]')[1]!.click();
  await until(() => named('textbox', 'Cards').length);
  type(one('textbox', 'Cards'), 'Q: What is FSRS?\nA: A scheduler.\nno card\nleft\tright');
  await until(() => text().includes('Line 3'));
  const tags = document.querySelector<HTMLInputElement>('dialog input[role="combobox"]')!;
  expect(tags.readOnly).toBe(false);
  button('Look through 2 cards')!.click();
  draw();
  // While it is busy nothing can be typed that would be lost.
  expect(tags.readOnly).toBe(true);
  await until(() => text().includes('2 cards wait among your drafts'));
  // The line that was no card stays where it can be mended.
  expect((one('textbox', 'Cards') as HTMLTextAreaElement).value).toBe('no card');
});
