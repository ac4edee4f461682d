// The list of cards: what is done to a card is kept at once, shown where it stands, and taken back by its own id.
import { expect, test } from 'vitest';
import { named, one, open, until } from './window';

const text = () => document.body.textContent ?? '';
const item = (words: string) => [...document.querySelectorAll<HTMLElement>('.list > li')].find((li) => li.textContent?.includes(words))!;
async function menu(words: string, label: string) {
  item(words).querySelector<HTMLElement>('[aria-haspopup="menu"]')!.click();
  await until(() => document.querySelector('[role="menu"]'));
  [...document.querySelectorAll<HTMLElement>('[role="menuitem"]')].find((one) => one.textContent?.trim() === label)!.click();
  await until(() => !document.querySelector('[role="menu"]'));
}

test('suspended and buried cards are badged, each with its way back', async () => {
  await open('full', '#/cards');
  await until(() => text().includes('Suspended'));
  expect(item('(6)').textContent).toContain('Suspended');
  expect(item('(8)').textContent).toMatch(/Buried, back (tomorrow|today)/);
  item('(6)').querySelector<HTMLElement>('.badge button')!.click();
  await until(() => !item('(6)').textContent?.includes('Suspended'));
  one('button', 'Undo').click();
  await until(() => item('(6)').textContent?.includes('Suspended'));
  item('(8)').querySelector<HTMLElement>('.badge button')!.click();
  await until(() => !item('(8)').textContent?.includes('Buried'));
});

test('suspend, mark and reset from the menu; reset asks first', async () => {
  await open('full', '#/cards');
  await until(() => text().includes('retrieval practice'));
  await menu('retrieval practice', 'Suspend');
  await until(() => item('retrieval practice').textContent?.includes('Suspended'));
  await menu('retrieval practice', 'Unsuspend');
  await until(() => !item('retrieval practice').textContent?.includes('Suspended'));
  await menu('Which formula', 'Mark');
  await until(() => item('Which formula').querySelector('.marked'));
  await menu('Which formula', 'Reset…');
  await until(() => text().includes('Reset this card?'));
  expect(item('Which formula').textContent).toContain('In review');
  one('button', 'Reset card').click();
  await until(() => item('Which formula').querySelector('.meta')?.textContent?.includes('New'));
});

test('info opens over the list', async () => {
  await open('full', '#/cards');
  await until(() => text().includes('Which formula'));
  await menu('Which formula', 'Card info');
  await until(() => document.querySelector('dialog table'));
  one('button', 'Close').click();
  await until(() => !document.querySelector('dialog'));
});

test('two cards deleted one after the other come back one by one, in any order', async () => {
  await open('full', '#/cards');
  await until(() => text().includes('retrieval practice'));
  const shown = () => [...document.querySelectorAll('.list > li')].slice(0, 4).map((li) => li.querySelector('.question')?.textContent?.trim().slice(0, 12));
  const before = shown();
  document.querySelectorAll<HTMLElement>('[title="Delete"]')[0]!.click();
  await until(() => shown()[0] === before[1] && named('button', 'Undo').length === 1);
  document.querySelectorAll<HTMLElement>('[title="Delete"]')[0]!.click();
  await until(() => shown()[0] === before[2] && named('button', 'Undo').length === 2);
  named('button', 'Undo')[0]!.click();
  await until(() => shown()[0] === before[0]);
  expect(shown().slice(1, 3)).toEqual(before.slice(2, 4));
  await until(() => named('button', 'Undo').length === 1);
  one('button', 'Undo').click();
  await until(() => shown().includes(before[1]));
  expect(shown()).toEqual(before);
});

test('an edit left by Escape is there when it is opened again', async () => {
  await open('full', '#/cards');
  await until(() => text().includes('retrieval practice'));
  item('retrieval practice').querySelector<HTMLElement>('[title="Edit"]')!.click();
  await until(() => named('button', 'Save changes').length);
  const field = document.activeElement as HTMLTextAreaElement;
  field.value = 'Half';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }));
  await until(() => !named('button', 'Save changes').length);
  item('retrieval practice').querySelector<HTMLElement>('[title="Edit"]')!.click();
  await until(() => text().includes('did not save'));
  expect((document.activeElement as HTMLTextAreaElement).value).toBe('Half');
});
