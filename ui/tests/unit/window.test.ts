// The whole window over the made-up backend: the names that tests and screen readers go by, each exactly and once.
import { mockIPC } from '@tauri-apps/api/mocks';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

let svelte: typeof import('svelte');
let view: Record<string, unknown> | undefined;

const named = (role: 'button' | 'link' | 'textbox', name: string) => {
  const selector = { button: 'button', link: 'a[href]', textbox: 'input, textarea' }[role];
  return [...document.querySelectorAll<HTMLElement>(selector)].filter((element) => {
    const label = element.id ? document.querySelector(`label[for="${element.id}"]`) : null;
    const own = element.getAttribute('aria-label') ?? label?.textContent ?? element.textContent;
    return own?.trim() === name;
  });
};
const one = (role: 'button' | 'link' | 'textbox', name: string) => {
  const found = named(role, name);
  expect(found.length, `${role} "${name}"`).toBe(1);
  return found[0]!;
};
const until = async (check: () => unknown) => {
  for (let i = 0; i < 100; i += 1) {
    svelte.flushSync();
    if (check()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`never came: ${check}\n${document.body.textContent}`);
};
const press = (key: string, more: KeyboardEventInit = {}) =>
  (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }));
const type = (field: HTMLElement, text: string) => {
  (field as HTMLInputElement).value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
};

async function open(state: string, hash: string) {
  history.replaceState(null, '', `/?state=${state}${hash}`);
  globalThis.dispatchEvent(new HashChangeEvent('hashchange'));
  const { answer } = await import('../fake/backend');
  mockIPC((command, args) => answer(command, (args ?? {}) as Record<string, never>), { shouldMockEvents: true });
  const { session } = await import('$lib/session.svelte');
  const { default: App } = await import('../../src/App.svelte');
  void session.start();
  view = svelte.mount(App, { target: document.body });
}

beforeEach(async () => {
  // Each test has a window of its own, stores and framework included.
  vi.resetModules();
  svelte = await import('svelte');
});
afterEach(async () => {
  if (view) await svelte.unmount(view);
  view = undefined;
});

test('signed out: a profile is made, and both forms are reachable', async () => {
  await open('signed-out', '#/chat');
  await until(() => named('textbox', 'Email').length);
  one('textbox', 'Email');
  one('textbox', 'Password');
  one('button', 'Sign in').click();
  svelte.flushSync();
  expect(one('button', 'Sign in').getAttribute('type')).toBe('submit');
  one('button', 'Create profile').click();
  svelte.flushSync();
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
  svelte.flushSync();
  field.focus();
  press('Enter', { shiftKey: true });
  expect(named('button', 'Stop')).toHaveLength(0);
  press('Enter');
  await until(() => named('button', 'Stop').length);
  expect(named('button', 'Send')).toHaveLength(0);
  one('button', 'Stop').click();
  await until(() => named('button', 'Send').length);
  await until(() => named('button', 'Retry').length);
  one('button', 'Generate flashcards').click();
  await until(() => named('button', 'Save cards').length);
  type(one('textbox', 'Question 1'), 'Edited?');
  one('button', 'Save cards').click();
  await until(() => document.body.textContent?.includes('Has flashcards'));
  expect(named('button', 'Save cards')).toHaveLength(0);
});

test('study: by keyboard, with the buttons called what they do', async () => {
  await open('full', '#/study');
  await until(() => named('button', 'Show answer').length);
  expect(document.body.textContent).toContain('Card 1 of 15');
  expect(named('button', 'Good')).toHaveLength(0);
  press(' ');
  svelte.flushSync();
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

test('a key that is meant for a field does not rate', async () => {
  await open('full', '#/cards/new');
  await until(() => named('button', 'Save card').length);
  const field = document.activeElement as HTMLElement;
  expect(field.tagName).toBe('TEXTAREA');
  press('n', { ctrlKey: true });
  expect(location.hash).toBe('#/cards/new');
});

test('a deleted card can be had back, and nothing was deleted until then', async () => {
  await open('full', '#/cards');
  await until(() => document.querySelector('[title="Delete"]'));
  const before = document.querySelectorAll('[title="Delete"]').length;
  document.querySelector<HTMLElement>('[title="Delete"]')!.click();
  await until(() => document.querySelectorAll('[title="Delete"]').length === before - 1);
  one('button', 'Undo').click();
  await until(() => document.querySelectorAll('[title="Delete"]').length === before);
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
