// An answer that grows is split so that finished blocks stay as they are, and ends as if it had come whole.
import { expect, test } from 'vitest';
import { Blocks } from '$lib/markdown/blocks';
import { ANSWER } from '../fake/texts';

/** Splits `text` as it would come in pieces of `size` characters. */
function grow(text: string, size: number) {
  const blocks = new Blocks();
  const seen: string[][] = [];
  for (let end = size; end < text.length; end += size) {
    seen.push(blocks.of(text.slice(0, end), true).filter(({ open }) => !open).map((block) => block.text));
  }
  return { blocks, seen };
}

test.each([1, 3, 7, 64])('in pieces of %i, what is finished never changes and the end is the same', (size) => {
  const { blocks, seen } = grow(ANSWER, size);
  seen.forEach((finished, i) => {
    const before = seen[i - 1] ?? [];
    expect(finished.slice(0, before.length)).toEqual(before);
  });
  expect(blocks.of(ANSWER, false)).toEqual(new Blocks().of(ANSWER, false));
  expect(seen.at(-1)!.length).toBeGreaterThan(5);
});

test('a fence without its end is one block that is still open', () => {
  const blocks = new Blocks().of('Look:\n\n```js\nlet a;\n\nlet b;', true);
  expect(blocks.map(({ text, open }) => [text.trim(), open])).toEqual([
    ['Look:', false],
    ['```js\nlet a;\n\nlet b;', true],
  ]);
});

test('a formula without its end is one block too, and plain text once nothing more comes', () => {
  const text = 'So\n\n$$\na = b\n\n+ c';
  expect(new Blocks().of(text, true).map(({ open }) => open)).toEqual([false, true]);
  expect(new Blocks().of(text, false).every(({ open }) => !open)).toBe(true);
});

test('a paragraph may still turn into a table', () => {
  const blocks = new Blocks();
  expect(blocks.of('| a | b |', true)).toHaveLength(1);
  expect(blocks.of('| a | b |\n|---|---|\n| 1 | 2 |', true)).toHaveLength(1);
});

test('a link whose address stands further down is still a link', () => {
  const [first] = new Blocks().of('See [there][1].\n\nMore.\n\n[1]: https://example.org', false);
  expect(first!.text).toContain('[1]: https://example.org');
});

test('carriage returns do not shift the blocks', () => {
  const blocks = new Blocks();
  blocks.of('a\r\n\r\nb\r\n\r\nc', true);
  expect(blocks.of('a\r\n\r\nb\r\n\r\nc and d', true).map(({ text }) => text.trim())).toEqual(['a', 'b', 'c and d']);
});

test('a text that was replaced is split anew', () => {
  const blocks = new Blocks();
  blocks.of('one\n\ntwo\n\nthree', true);
  expect(blocks.of('other', true).map(({ text }) => text)).toEqual(['other']);
});

test('an answer of 20,000 words in small pieces costs its length, not its square', () => {
  const text = 'Some words about remembering things well and for long.\n\n'.repeat(2_000);
  const blocks = new Blocks();
  const start = performance.now();
  for (let end = 0; end < text.length; end += 200) blocks.of(text.slice(0, end), true);
  expect(blocks.of(text, false)).toHaveLength(2_000);
  expect(performance.now() - start).toBeLessThan(3_000);
});
