// Deletions: what is hidden is nowhere on the page while it is asked for, whatever it stands in, and marked afterwards.
import { describe, expect, test } from 'vitest';
import { answerSide, asked, deletions, numbers, only, questionSide, told } from '$lib/markdown/cloze';
import { Blocks } from '$lib/markdown/blocks';
import { render, toolsLoaded } from '$lib/markdown/render';

async function drawn(markdown: string): Promise<HTMLElement> {
  const draw = () => new Blocks().of(markdown, false).map((block) => render(block.text)).join('');
  draw();
  await toolsLoaded();
  const root = document.createElement('div');
  root.innerHTML = draw();
  return root;
}
const NONCHARACTER = /[\ufdd0-\ufdef\u2e28\u2e29]/;

describe('both sides', () => {
  const places: [string, string, string][] = [
    ['a sentence', 'The capital of Chad is {{c1::Ndjamena}}.', 'Ndjamena'],
    ['with a hint', 'The capital of Chad is {{c1::Ndjamena::city}}.', 'Ndjamena'],
    ['bold', 'It is **{{c1::Ndjamena}}** and so on.', 'Ndjamena'],
    ['bold inside', 'It is {{c1::**Ndjamena** there}}.', 'Ndjamena'],
    ['underscores inside', 'It is {{c1::_Ndjamena_}}.', 'Ndjamena'],
    ['a list', '- one\n- {{c1::Ndjamena}}\n- three', 'Ndjamena'],
    ['a table', '| a | b |\n|---|---|\n| 1 | {{c1::Ndjamena}} |', 'Ndjamena'],
    ['inline code', 'Use `git {{c1::Ndjamena}}` here.', 'Ndjamena'],
    ['a block of code', '```rust\nlet x = {{c1::Ndjamena}};\n```', 'Ndjamena'],
    ['a line of TeX', 'So $E = {{c1::Ndjamena}}$ holds.', 'Ndjamena'],
    ['a display', '$$\nE = {{c1::\\frac{Ndjamena}{2}}}\n$$', 'Ndjamena'],
    ['TeX inside', 'So {{c1::$Ndjamena$}} holds.', 'Ndjamena'],
    ['a link', 'See {{c1::[Ndjamena](https://example.org/Ndjamena)}}.', 'Ndjamena'],
    ['an address', 'See [there](https://example.org/{{c1::Ndjamena}}).', 'Ndjamena'],
    ['paragraphs', '{{c1::One.\n\nNdjamena two.\n\n- three}} End.', 'Ndjamena'],
  ];
  test.each(places)('%s', async (_, text, hidden) => {
    const question = await drawn(questionSide(text));
    expect(question.innerHTML).not.toContain(hidden);
    expect(question.innerHTML).not.toMatch(NONCHARACTER);
    const answer = await drawn(answerSide(text));
    expect(answer.innerHTML).toContain(hidden);
    expect(answer.innerHTML).not.toMatch(NONCHARACTER);
  });

  test('the blank says […] or its hint, and the answer is marked', async () => {
    expect((await drawn(questionSide('It is **{{c1::so}}**.'))).querySelector('strong .cloze-blank')?.textContent).toBe('[…]');
    expect((await drawn(questionSide('It is {{c1::so::how?}}.'))).querySelector('.cloze-blank')?.textContent).toBe('[how?]');
    expect((await drawn(answerSide('It is {{c1::very *much* so}}.'))).querySelectorAll('.cloze-shown')).toHaveLength(3);
    expect((await drawn(answerSide('It is {{c1::very *much* so}}.'))).textContent?.trim()).toBe('It is very much so.');
  });

  test('in TeX it is boxed, unless a box would break it', async () => {
    const boxed = await drawn(questionSide('$$E = {{c1::mc^2::a_b}}$$'));
    expect(boxed.querySelector('annotation')?.textContent).toBe('E = \\boxed{\\text{[a\\_b]}}');
    expect(boxed.querySelector('.katex-error, .boxpad')?.className).toContain('boxpad');
    expect((await drawn(answerSide('$\\begin{matrix} {{c1::a & b}} \\end{matrix}$'))).querySelector('.katex-error')).toBeNull();
  });

  test('a cell that is blank stays one cell; several lines keep their list', async () => {
    expect((await drawn(answerSide('| a | b |\n|---|---|\n{{c1::| 1 | 2 |\n| 3 | 4 |}}'))).querySelectorAll('td').length).toBeGreaterThanOrEqual(4);
    expect((await drawn(answerSide('{{c1::- one\n- two}}'))).querySelectorAll('li .cloze-shown').length).toBeGreaterThanOrEqual(1);
  });
});

test('braces of TeX do not end it, the first }} does otherwise', () => {
  expect(deletions('{{c1::\\frac{1}{2}}} x').map(({ text }) => text)).toEqual(['\\frac{1}{2}']);
  const parts = (text: string) => deletions(text).map((one) => [one.text, one.hint]);
  expect(parts('{{c1::`String::new()`}}')).toEqual([['`String::new()`', null]]);
  expect(parts('{{c1::`a::b`::a path}}')).toEqual([['`a::b`', 'a path']]);
  expect(parts('{{c1::``a`::b``::hint}}')).toEqual([['``a`::b``', 'hint']]);
  expect(parts('{{c1::a ` b::hint}}')).toEqual([['a ` b', 'hint']]);
  expect(deletions('{{c1::a}} b {{c2::c::d}}').map(({ number, text, hint }) => [number, text, hint])).toEqual([[1, 'a', null], [2, 'c', 'd']]);
  expect(deletions('{{c1::open { brace}} x {{c2::y}}')).toHaveLength(2);
  expect(deletions('{{c1::never closed')).toEqual([]);
  expect(deletions('{{c1::}}').map(({ text }) => text)).toEqual(['']);
});

test('a card for each number, the others written out', () => {
  const text = '{{c2::B}} and {{c1::A::first}} and {{c2::C}}';
  expect(numbers(text)).toEqual([1, 2]);
  expect(only(text, 1)).toBe('B and {{c1::A::first}} and C');
  expect(asked(only(text, 2))).toBe('[…] and A and […]');
  expect(told(text)).toBe('B and A and C');
});

test('a huge and a hostile text end', () => {
  const started = performance.now();
  expect(deletions('{{c1::'.repeat(2_000)).length).toBe(0);
  expect(deletions('{{c1::a}}'.repeat(5_000)).length).toBe(5_000);
  expect(performance.now() - started).toBeLessThan(2_000);
  expect(questionSide('\ufdd2\u2e28sneaky {{c1::x}}')).not.toContain('x');
});
