// The whole window over the made-up backend: the names that tests and screen readers go by, each exactly and once.
import { expect, test } from 'vitest';
import { draw, named, one, open, press, type, until } from './window';

test('signed out: a profile is made, and both forms are reachable', async () => {
  await open('signed-out', '#/chat');
  await until(() => named('textbox', 'Email').length);
  one('textbox', 'Email');
  one('textbox', 'Password');
  one('button', 'Sign in').click();
  draw();
  expect(one('button', 'Sign in').getAttribute('type')).toBe('submit');
  one('button', 'Create profile').click();
  draw();
  type(one('textbox', 'Email'), 'taken');
  type(one('textbox', 'Password'), 'secret');
  one('button', 'Create profile').click();
  await until(() => document.body.textContent?.includes('There is already a profile'));
  type(one('textbox', 'Email'), 'ada');
  one('button', 'Create profile').click();
  await until(() => named('link', 'Chat').length);
  for (const page of ['Chat', 'Cards', 'Study', 'Stats', 'Settings']) one('link', page);
});

test('chat: ask, stop is there while it streams, generate, edit, save', async () => {
  await open('full', '#/chat');
  await until(() => named('textbox', 'Message').length);
  one('button', 'New conversation');
  const field = one('textbox', 'Message');
  one('button', 'Send');
  type(field, 'Why space reviews?');
  draw();
  field.focus();
  press('Enter', { shiftKey: true });
  expect(named('button', 'Stop')).toHaveLength(0);
  press('Enter');
  await until(() => named('button', 'Stop').length);
  expect(named('button', 'Send')).toHaveLength(0);
  one('button', 'Stop').click();
  await until(() => named('button', 'Send').length);
  await until(() => named('button', 'Retry').length);
  one('button', 'Make cards').click();
  await until(() => named('button', 'Keep draft 6').length);
  one('button', 'Edit draft 1').click();
  await until(() => named('textbox', 'Question').length);
  type(one('textbox', 'Question'), 'Edited?');
  one('button', 'Done').click();
  await until(() => document.querySelector('.drafts li')?.textContent?.includes('Edited?'));
  one('button', 'Keep draft 1').click();
  await until(() => document.body.textContent?.includes('1 card kept'));
  await until(() => document.body.textContent?.includes('5 drafts to look through'));
});

test('study: by keyboard, with the buttons called what they do', async () => {
  await open('full', '#/study');
  await until(() => named('button', 'Show answer').length);
  expect(document.body.textContent).toContain('Card 1 of 15');
  expect(named('button', 'Good')).toHaveLength(0);
  press(' ');
  draw();
  for (const rating of ['Again', 'Hard', 'Good', 'Easy']) {
    const button = one('button', rating);
    expect(button.textContent?.trim()).toBe(rating);
    expect(document.getElementById(button.getAttribute('aria-describedby')!)?.textContent).toMatch(/min|d|mo/);
  }
  press('3');
  press('3', { repeat: true });
  press('4');
  await until(() => document.body.textContent?.includes('Card 2 of 15'));
  expect(named('button', 'Good')).toHaveLength(0);
  // What is due is said beside the link and is no part of its name.
  expect(one('link', 'Study').textContent?.trim()).toBe('Study');
});

test('study: Space means the card though the focus is on the link that led there', async () => {
  await open('full', '#/study');
  await until(() => named('button', 'Show answer').length);
  expect(document.activeElement?.closest('.study')).not.toBeNull();
  one('link', 'Study').focus();
  press(' ');
  await until(() => named('button', 'Good').length);
  // Enter is the link's own key.
  one('link', 'Study').focus();
  press('Enter');
  expect(document.body.textContent).toContain('Card 1 of 15');
});

test('a session that is over leads to the form, with a sentence', async () => {
  await open('full', '#/chat');
  await until(() => named('textbox', 'Message').length);
  const { emit } = await import('@tauri-apps/api/event');
  await emit('profile-changed', null);
  await until(() => named('button', 'Sign in').length);
  expect(one('button', 'Sign in').getAttribute('type')).toBe('submit');
  expect(document.body.textContent).toContain('You have been signed out');
  expect(named('textbox', 'Message')).toHaveLength(0);
});

test('a complete answer with something to say about it says it', async () => {
  await open('full', '#/chat/c4');
  await until(() => document.body.textContent?.includes('reached its limit'));
  expect(named('button', 'Retry')).toHaveLength(0);
});

test('Ctrl+N opens the dialog for a new card wherever one is, and Ctrl+Shift+O a conversation', async () => {
  await open('full', '#/stats');
  await until(() => named('link', 'Chat').length);
  press('n', { ctrlKey: true });
  await until(() => named('button', 'Save card').length);
  const field = document.activeElement as HTMLElement;
  expect(field.tagName).toBe('TEXTAREA');
  press('n', { ctrlKey: true });
  expect(document.querySelectorAll('dialog')).toHaveLength(1);
  expect(location.hash).toBe('#/stats');
  one('button', 'Close').click();
  await until(() => !document.querySelector('dialog'));
  press('O', { ctrlKey: true, shiftKey: true });
  await until(() => location.hash === '#/chat');
});

test('a deleted card is gone at once, and can be had back where it was', async () => {
  await open('full', '#/cards');
  await until(() => document.querySelector('[title="Delete"]'));
  const shown = () => [...document.querySelectorAll('[title="Delete"]')].map((button) => button.getAttribute('aria-label'));
  const before = shown();
  const { answer } = await import('../fake/backend');
  const total = async () => ((await answer('list_cards', { query: '', after: null, limit: 1 })) as { total: number }).total;
  const stored = await total();
  document.querySelectorAll<HTMLElement>('[title="Delete"]')[3]!.click();
  await until(() => shown().length === before.length - 1);
  expect(await total()).toBe(stored - 1);
  one('button', 'Undo').click();
  await until(() => shown().length === before.length);
  expect(shown()).toEqual(before);
  expect(await total()).toBe(stored);
});

test('settings: a key is typed into a password field, and signing out leads to the form', async () => {
  await open('new', '#/settings');
  await until(() => named('textbox', 'API key').length);
  expect(one('textbox', 'API key').getAttribute('type')).toBe('password');
  type(one('textbox', 'API key'), 'nonsense');
  one('button', 'Check and save').click();
  await until(() => document.body.textContent?.includes('Claude refused the API key'));
  type(one('textbox', 'API key'), 'sk-ant-1');
  one('button', 'Check and save').click();
  await until(() => named('button', 'Claude Sonnet 5.5').length);
  expect(document.body.innerHTML).not.toContain('sk-ant-1');
  one('button', 'Sign out').click();
  await until(() => named('textbox', 'Email').length);
});
