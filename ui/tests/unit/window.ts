// The whole window over the made-up backend, and how tests find their way in it: by role and name.
import { mockIPC } from '@tauri-apps/api/mocks';
import { afterEach, beforeEach, expect, vi } from 'vitest';

let svelte: typeof import('svelte');
let view: Record<string, unknown> | undefined;

export const named = (role: 'button' | 'link' | 'textbox', name: string) => {
  const selector = { button: 'button', link: 'a[href]', textbox: 'input, textarea' }[role];
  return [...document.querySelectorAll<HTMLElement>(selector)].filter((element) => {
    const label = element.id ? document.querySelector(`label[for="${element.id}"]`) : null;
    const own = element.getAttribute('aria-label') ?? label?.textContent ?? element.textContent;
    return own?.trim() === name;
  });
};
export const one = (role: 'button' | 'link' | 'textbox', name: string) => {
  const found = named(role, name);
  expect(found.length, `${role} "${name}"`).toBe(1);
  return found[0]!;
};
export const until = async (check: () => unknown) => {
  for (let i = 0; i < 100; i += 1) {
    svelte.flushSync();
    if (check()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`never came: ${check}\n${document.body.textContent}`);
};
export const draw = () => svelte.flushSync();
export const press = (key: string, more: KeyboardEventInit = {}) =>
  (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }));
export const type = (field: HTMLElement, text: string) => {
  (field as HTMLInputElement).value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
};

export async function open(state: string, hash: string) {
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

