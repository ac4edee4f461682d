// Every hostile text is inert: written whole, still being written, and at any place where its writing may have stopped.
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, expect, test, vi } from 'vitest';
import { Blocks } from '$lib/markdown/blocks';
import { grow } from '$lib/markdown/grow';
import { render, toolsLoaded } from '$lib/markdown/render';
import { harm, state, violations } from '../hostile/inert';

const openExternal = vi.hoisted(() => vi.fn(async (_url: string) => ({ status: 'ok' as const, data: null })));
vi.mock('$lib/bindings', () => ({ commands: { openExternal }, events: {} }));

const cases = Object.entries(import.meta.glob<string>('../hostile/*.md', { query: '?raw', import: 'default', eager: true }))
  .map(([path, text]): [string, string] => [path.replace(/^.*\/|\.md$/g, ''), text]);

function drawn(text: string, growing: boolean): HTMLElement {
  const root = document.createElement('div');
  for (const block of new Blocks().of(text, growing)) {
    const place = root.appendChild(document.createElement('div'));
    place.className = 'block';
    if (block.open) grow(place, block.text);
    else place.innerHTML = render(block.text);
  }
  document.body.replaceChildren(root);
  return root;
}

afterEach(() => openExternal.mockClear());

test('there are enough of them', () => expect(cases.length).toBeGreaterThanOrEqual(60));

test.each(cases)('%s', async (_, text) => {
  const before = state();
  for (const growing of [false, true]) {
    drawn(text, growing);
    await toolsLoaded();
    expect(violations(drawn(text, growing))).toEqual([]);
  }
  // As it comes: stopped at some places, a prime apart so that they are not all alike.
  const step = Math.max(7, Math.floor(Math.min(text.length, 2_000) / 6)) | 1;
  for (let end = step; end < Math.min(text.length, 2_000); end += step) expect(violations(drawn(text.slice(0, end), true)), text.slice(0, end)).toEqual([]);
  expect(harm(before)).toEqual([]);
});

test('whatever is clicked in them, only addresses of the web leave, and the window stays', async () => {
  const { default: Markdown } = await import('$lib/components/Markdown.svelte');
  const before = state();
  for (const [, text] of cases.filter(([, { length }]) => length < 5_000)) {
    document.body.replaceChildren();
    const view = mount(Markdown, { target: document.body, props: { text } });
    flushSync();
    for (const element of document.querySelectorAll('a, span, p, img')) {
      for (const kind of ['click', 'auxclick', 'mouseover', 'focus']) element.dispatchEvent(new MouseEvent(kind, { bubbles: true, cancelable: true }));
    }
    await unmount(view);
  }
  for (const [url] of openExternal.mock.calls) expect(url).toMatch(/^(?:https?:\/\/|mailto:)/i);
  expect(openExternal).toHaveBeenCalled();
  expect(harm(before)).toEqual([]);
});

test('the checker sees what is not inert', () => {
  const root = document.createElement('div');
  for (const bad of [
    '<img src="x">', '<a href="javascript:x">x</a>', '<p onclick="x">x</p>', '<p id="app">x</p>', '<p style="color:red">x</p>', '<svg><path d="M0"></path></svg>',
    '<button type="button">x</button>', '<span data-math="inline"><span style="position:fixed">x</span></span>', '<span data-math="inline"><a href="file:///x">x</a></span>',
  ]) {
    root.innerHTML = bad;
    expect(violations(root), bad).not.toEqual([]);
  }
  root.innerHTML = '<p>x <a href="https://a.example" title="x" rel="noreferrer">y</a></p>';
  expect(violations(root)).toEqual([]);
});
