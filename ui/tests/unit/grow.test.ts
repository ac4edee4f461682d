// Long texts cost what is new in them: what is there stays when more comes, when it ends, and when a library arrives.
import { flushSync, mount, unmount } from 'svelte';
import { expect, test, vi } from 'vitest';
import Markdown from '$lib/components/Markdown.svelte';
import { Blocks } from '$lib/markdown/blocks';
import { drawRest } from '$lib/markdown/frames';
import { end, grow } from '$lib/markdown/grow';
import { parse } from '$lib/markdown/parser';
import { render, toolsLoaded } from '$lib/markdown/render';

const loadImage = vi.hoisted(() => vi.fn(async () => ({ status: 'ok' as const, data: 'data:image/png;base64,AAAA' })));
vi.mock('$lib/bindings', () => ({ commands: { loadImage }, events: {} }));

const html = (markdown: string) => {
  const holder = document.createElement('div');
  holder.innerHTML = render(markdown);
  return holder;
};

test('code that ends keeps the element and the parts that it grew in', async () => {
  render('```js\nlet a;\n```');
  await toolsLoaded();
  const body = Array.from({ length: 300 }, (_, i) => `const line${i} = "${i}";${i % 50 === 49 ? '\n' : ''}`).join('\n');
  const text = `\`\`\`js\n${body}\n\`\`\`\n`;
  const node = document.createElement('div');
  for (let to = 500; to < text.length - 4; to += 500) grow(node, text.slice(0, to));
  const [pre, first] = [node.querySelector('pre'), node.querySelector('.part')];
  end(node, text);
  expect(node.querySelector('pre')).toBe(pre);
  expect(node.querySelector('.part')).toBe(first);
  expect(node.innerHTML).toBe(html(text).innerHTML);
});

test('a long table keeps its rows while it grows, and is right at each step', () => {
  const text = `| a | b |\n|---|---|\n${Array.from({ length: 120 }, (_, i) => `| **row** ${i} | cell with \`code\` ${i} |\n`).join('')}`;
  const node = document.createElement('div');
  const blocks = new Blocks();
  let kept: Element | null = null;
  for (let to = 40; to < text.length; to += 37) {
    const [only, ...others] = blocks.of(text.slice(0, to), true);
    expect(others).toEqual([]);
    grow(node, only!.text);
    const finished = text.slice(0, to).split('\n').length - 3;
    expect(node.querySelectorAll('tbody tr').length - finished).toBeLessThanOrEqual(1);
    if (to > 2_200) kept ??= node.querySelector('tbody tr');
  }
  expect(node.querySelector('tbody tr')).toBe(kept);
  end(node, text);
  expect(node.innerHTML).toBe(html(text).innerHTML);
  const after = blocks.of(`${text}\nAnd so on`, true);
  expect(after.map(({ text: one }) => one.trim().slice(0, 5))).toEqual(['| a |', 'And s']);
});

test('of a long text what is not in the first frame follows, or is drawn for who looks for it', async () => {
  const text = Array.from({ length: 400 }, (_, i) => `Paragraph ${i} **says** $x_${i}$ something.`).join('\n\n');
  const slow = vi.spyOn(performance, 'now');
  let now = 0;
  slow.mockImplementation(() => (now += 1));
  const one = mount(Markdown, { target: document.body, props: { text } });
  flushSync();
  const blocks = [...document.querySelectorAll<HTMLElement>('.block')];
  const empty = () => blocks.filter((block) => block.childElementCount === 0).length;
  expect(blocks).toHaveLength(400);
  expect(blocks[14]!.textContent).toContain('Paragraph 14');
  expect(empty()).toBeGreaterThan(300);
  expect(blocks[399]!.style.minHeight).toBe('24px');
  drawRest(document.body);
  expect(empty()).toBe(0);
  expect(blocks[399]!.hasAttribute('style')).toBe(false);
  slow.mockRestore();
  unmount(one);
  const again = mount(Markdown, { target: document.body, props: { text: text.slice(0, 3_000) } });
  await vi.waitFor(() => expect([...document.querySelectorAll('.block')].every((block) => block.childElementCount > 0)).toBe(true), 10_000);
  unmount(again);
});

test('a picture that has come is put in place, and nothing else is drawn again', async () => {
  const text = 'Words.\n\n![A *cat*](https://example.org/cat.png)\n\nMore.';
  expect(parse(text)).toContain('data-picture');
  const one = mount(Markdown, { target: document.body, props: { text } });
  flushSync();
  const words = document.querySelector('.block p');
  document.querySelector<HTMLButtonElement>('[data-load]')!.click();
  await vi.waitFor(() => expect(document.querySelector('img')?.alt).toBe('A *cat*'));
  expect(document.querySelector('.block p')).toBe(words);
  unmount(one);
  expect(html(text).querySelector('img')).not.toBeNull();
});
