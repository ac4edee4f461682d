// A selection in the drawn answer becomes the range of its Markdown that a person means, and a range the place on the page.
import { afterEach, expect, test } from 'vitest';
import { Alignment } from '$features/chat/align';
import { slice } from '$features/chat/passage';
import { Blocks } from '$lib/markdown/blocks';
import { render, toolsLoaded } from '$lib/markdown/render';
import { ANSWER } from '../fake/texts';

function drawn(markdown: string): HTMLElement {
  const root = document.createElement('div');
  root.innerHTML = new Blocks().of(markdown, false).map((block) => `<div class="block">${render(block.text)}</div>`).join('');
  document.body.append(root);
  return root;
}
/** Selects what is drawn as `words`, as a mouse would: from a place in a text to a place in a text. */
function select(root: HTMLElement, from: string, to = from): Range {
  const range = document.createRange();
  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  let begun = false;
  while (texts.nextNode()) {
    const text = texts.currentNode as Text;
    if (!begun && text.data.includes(from)) {
      range.setStart(text, text.data.indexOf(from));
      begun = true;
    }
    if (begun && text.data.includes(to)) {
      range.setEnd(text, text.data.lastIndexOf(to) + to.length);
      return range;
    }
  }
  throw new Error(`not drawn: ${from} … ${to}`);
}
function source(markdown: string, from: string, to = from): string | null {
  const root = drawn(markdown);
  const found = new Alignment(root, markdown).toSource(select(root, from, to));
  return found && slice(markdown, found.start, found.end);
}
afterEach(() => document.body.replaceChildren());

test.each([
  ['a word in bold with its marks', 'forgetting is part of learning', 'forgetting is part of learning', '**forgetting is part of learning**:'],
  ['a sentence with a formula', 'depends on its', ':', /^depends on its \*stability\* \$S\$:/],
  ['a list', 'Right after a review', 'the most', /^Right after a review, \\\(R = 1\\\)\.\n- When \$t = S\$[\s\S]*raises \$S\$ the most\.$/],
  ['code', 'factor = 0.9', 'w20', /^factor = 0\.9[\s\S]*w20$/],
  ['a table', 'Four spaced sessions', '62 %', /^Four spaced sessions \| 78 % \| 62$|^Four spaced sessions \| 78 % \| 62 %$/],
])('%s', (_, from, to, wanted) => {
  const text = source(ANSWER, from, to);
  if (typeof wanted === 'string') expect(text).toBe(wanted);
  else expect(text).toMatch(wanted);
});

test('a formula is taken whole once it is drawn', async () => {
  drawn(ANSWER);
  await toolsLoaded();
  document.body.replaceChildren();
  const root = drawn(ANSWER);
  const range = document.createRange();
  const formula = root.querySelector('[data-math="display"]')!;
  range.setStart(formula.querySelector('.mord')!.firstChild!, 0);
  range.setEnd(formula.querySelector('.mord')!.firstChild!, 1);
  const found = new Alignment(root, ANSWER).toSource(range)!;
  expect(slice(ANSWER, found.start, found.end)).toMatch(/^\$\$\nR\(t, S\)[\s\S]*w_\{20\}\} - 1\n\$\$$/);
});

test('links, images, entities, numbers and characters outside the basic plane', () => {
  const text = '🧠 First.\n\n1. See [the *book*](https://example.org/a_(b)?x=1 "Title") &amp; ![map](https://example.org/m.png) then 𝒲ords end.\n2. Next one.';
  expect(source(text, 'book')).toMatch(/^\*book\*\]\(https:/);
  expect(source(text, 'then 𝒲ords')).toBe('then 𝒲ords');
  expect(source(text, 'Next one')).toBe('Next one.');
  expect(source(text, 'First')).toBe('First.');
});

test('nothing of it selected is no passage', () => {
  const root = drawn('One.\n\n---\n\nTwo.');
  const range = document.createRange();
  range.selectNode(root.querySelector('hr')!);
  expect(new Alignment(root, 'One.\n\n---\n\nTwo.').toSource(range)).toBeNull();
});

test('there and back again for every word', () => {
  const text = ANSWER;
  const alignment = new Alignment(drawn(text), text);
  const chars = Array.from(text);
  let checked = 0;
  for (const found of text.matchAll(/[A-Za-z]{5,}/g)) {
    const start = Array.from(text.slice(0, found.index)).length;
    const range = alignment.toRange(start, start + found[0].length);
    if (!range) continue;
    const back = alignment.toSource(range)!;
    expect(back.start).toBeLessThanOrEqual(start);
    expect(chars.slice(back.start, back.end).join('')).toContain(found[0]);
    checked += 1;
  }
  // All but the language of the code, which is no text of the answer.
  expect(checked).toBe(text.match(/[A-Za-z]{5,}/g)!.length - 1);
});

test('a long answer takes no time', () => {
  const text = Array.from({ length: 120 }, (_, i) => `## Part ${i}\n\n${ANSWER}`).join('\n\n').slice(0, 100_000);
  const root = document.createElement('div');
  root.innerHTML = `<p>${text.replace(/[<&]/g, '')}</p>`;
  document.body.append(root);
  const started = performance.now();
  const alignment = new Alignment(root, text);
  expect(alignment.toRange(90_000, 90_200)).not.toBeNull();
  expect(performance.now() - started).toBeLessThan(2_000);
});

test('a long piece that only one of the two has is stepped over, in no time', () => {
  const word = (i: number) => `w${(i * 7919).toString(36)}`;
  const words = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => word(from + i)).join(' ');
  const root = document.createElement('div');
  document.body.append(root);
  root.textContent = `Before it. ${words(0, 4_000)} The end comes after.`;
  const markdown = `Before it. ${words(90_000, 94_000)} The end comes after.`;
  const from = performance.now();
  const alignment = new Alignment(root, markdown);
  expect(performance.now() - from).toBeLessThan(3_000);
  expect(alignment.toRange(0, 9)?.toString()).toBe('Before it');
});
