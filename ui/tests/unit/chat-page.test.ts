// The chat page over the made-up backend: what can be done with messages and conversations, what is said when a model does not
// answer, and models from the page of settings.
import { expect, test } from 'vitest';
import { draw, named, one, open, press, type, until } from './window';

const text = () => document.body.textContent ?? '';
const answers = () => document.querySelectorAll('article.answer').length;
const failure = () => [...document.querySelectorAll('.failure .ways button')].map((button) => button.textContent?.trim());
const ready = (state: string, hash: string) => open(state, hash).then(() => until(() => document.querySelector('article.answer .tools')));

async function send(question: string) {
  type(one('textbox', 'Message'), question);
  draw();
  one('button', 'Send').click();
  await until(() => named('button', 'Stop').length);
}
/** Of several, in the page's order; the page shows one menu at a time. */
async function fromMenu(menu: string, item: string, nth = -1) {
  named('button', menu).at(nth)!.click();
  await until(() => document.querySelector('[role="menuitem"]'));
  const found = [...document.querySelectorAll<HTMLElement>('[role="menuitem"]')].find((it) => it.textContent?.trim().startsWith(item));
  expect(found, item).toBeTruthy();
  found!.click();
  draw();
}

test('what the model no longer sees has its line, and its newest answer says so where one reads', async () => {
  await ready('context', '#/chat/c0');
  expect(document.querySelector('[data-row="lq3"] .seen')?.textContent).toContain('Claude Sonnet 5.5 no longer sees what is above this line.');
  expect(document.querySelectorAll('.seen')).toHaveLength(1);
  one('button', 'Without the first 8 messages').click();
  draw();
});

test('a model that is missing is told of once, and another that is chosen can be asked', async () => {
  await ready('failures', '#/chat/f-model_not_found');
  expect(failure()).toEqual(['Pull gemma3:4b', 'Choose another model']);
  one('button', 'Pull gemma3:4b');
  expect(text()).not.toContain('is not installed');
  const list = document.querySelector<HTMLSelectElement>('select[data-models]')!;
  list.value = 'ollama:llama3.2:3b';
  list.dispatchEvent(new Event('change', { bubbles: true }));
  await until(() => failure()[0] === 'Retry');
  one('button', 'Retry').click();
  await until(() => document.querySelector('[data-versions]')?.textContent?.includes('2/2'));
});

test('a wait that was asked for is shown, and is cancelled', async () => {
  await ready('waiting', '#/chat/c0');
  await send('Why?');
  await until(() => /Claude is busy and asks to wait\.\s*Asking again in \d s/.test(text()));
  one('button', 'Cancel').click();
  await until(() => named('button', 'Send').length);
  expect(text()).toContain('Stopped before it was finished.');
});

test('thinking is asked for, comes folded away, and is only drawn when it is opened', async () => {
  await ready('thinking', '#/chat/c0');
  const think = one('button', 'Think first');
  expect(think.getAttribute('aria-pressed')).toBe('false');
  think.click();
  await until(() => one('button', 'Think first').getAttribute('aria-pressed') === 'true');
  await send('Why?');
  await until(() => document.querySelector('details summary')?.textContent?.startsWith('Thinking…'));
  expect(document.querySelector('details')!.open).toBe(false);
  expect(text()).not.toContain('desirable difficulty');
  one('button', 'Stop').click();
  await until(() => named('button', 'Send').length);
});

test('two conversations answer at once, and the list shows which', async () => {
  await ready('full', '#/chat/c0');
  const answering = () => [...document.querySelectorAll('[aria-label="Conversations"] .when')].map((when) => when.textContent === 'Answering…');
  await send('Why?');
  await until(() => answering().join() === [true, ...Array(6).fill(false)].join());
  location.hash = '#/chat/c1';
  await until(() => named('button', 'Send').length && document.querySelector('article.answer .tools'));
  await send('And why this?');
  await until(() => answering().filter(Boolean).length === 2);
  one('button', 'Stop').click();
  await until(() => answering().filter(Boolean).length === 1);
  location.hash = '#/chat/c0';
  await until(() => named('button', 'Stop').length && document.querySelector('[aria-busy="true"]'));
});

test('an exchange is deleted and had back', async () => {
  await ready('full', '#/chat/c0');
  await fromMenu('More for this question', 'Delete question and answer');
  await until(() => answers() === 0);
  one('button', 'Undo').click();
  await until(() => answers() === 1);
});

test('a branch is a conversation of its own, and the other is as it was', async () => {
  await ready('full', '#/chat/c0');
  await fromMenu('More for this answer', 'Branch from here');
  await until(() => location.hash.startsWith('#/chat/n') && answers() === 1);
  await until(() => text().includes('This is a copy up to there.'));
  expect(document.querySelectorAll('[aria-label="Conversations"] li')).toHaveLength(8);
});

test('the title is changed in place, and a conversation is deleted and had back', async () => {
  await ready('full', '#/chat/c0');
  one('button', 'Why spacing beats cramming').click();
  await until(() => named('textbox', 'Name of this conversation').length);
  type(one('textbox', 'Name of this conversation'), 'Spacing');
  one('textbox', 'Name of this conversation').focus();
  press('Enter');
  await until(() => document.querySelector('[aria-label="Conversations"] .current .title')?.textContent === 'Spacing');
  await fromMenu('More for this conversation', 'Delete conversation');
  await until(() => location.hash === '#/chat' && !text().includes('Spacing'));
  one('button', 'Undo').click();
  await until(() => location.hash === '#/chat/c0' && answers() === 1);
});

test('a conversation is exported, and it is said where to', async () => {
  await ready('full', '#/chat/c0');
  await fromMenu('More for this conversation', 'Export as Markdown');
  await until(() => text().includes('Exported to /home/ada/Downloads/Why spacing beats cramming.md'));
});

test('words are looked for in the conversation, around its ends, and Escape leaves', async () => {
  await ready('full', '#/chat/c0');
  press('f', { ctrlKey: true });
  await until(() => named('textbox', 'Search this conversation').length);
  const field = one('textbox', 'Search this conversation');
  const count = () => document.querySelector('[role="search"] [role="status"]')?.textContent;
  type(field, 'recall');
  await until(() => count() === '5 found');
  field.focus();
  press('Enter');
  await until(() => count() === '5 of 5');
  press('Enter');
  await until(() => count() === '1 of 5');
  press('Enter', { shiftKey: true });
  await until(() => count() === '5 of 5');
  type(field, 'zygote');
  await until(() => count() === 'Nothing found');
  press('Escape');
  await until(() => !document.querySelector('[role="search"]'));
});

test('a model that Claude does not list is told of', async () => {
  await ready('unlisted', '#/chat/c0');
  await until(() => text().includes('Claude has no model called claude-sonnet-5-5.'));
});

test('nothing is said of a model when Claude’s list could not be had', async () => {
  await ready('offline', '#/chat/c0');
  await until(() => text().includes('Claude Opus 5.5'));
  expect(text()).not.toContain('Claude has no model');
});

test('a retired model says so above the field', async () => {
  await ready('retired', '#/chat/c0');
  await until(() => /Claude Sonnet 5\.5 was retired on .* and answers no more\./.test(text()));
  one('button', 'Choose another model');
});

test('models: each with its size, context and abilities; a pull is cancelled, gone on with and there', async () => {
  await open('pulling', '#/settings');
  await until(() => named('button', 'qwen3:8b').length);
  const about = document.getElementById(one('button', 'qwen3:8b').getAttribute('aria-describedby')!);
  expect(about?.textContent?.replace(/\s+/g, ' ').trim()).toMatch(/^5\.2 GB · 8\.2B parameters · 40k tokens of context ?can think first ?uses tools$/);
  await until(() => /\d+ MB of 3\.3 GB · \d+ MB\/s · \d+ s left/.test(text()));
  one('button', 'Cancel pull').click();
  await until(() => /Stopped at \d+ MB\. What has come is kept\./.test(text()));
  one('button', 'Go on pulling').click();
  await until(() => named('button', 'Cancel pull').length);
  one('button', 'Cancel pull').click();
  await until(() => named('button', 'Dismiss').length);
  one('button', 'Delete gpt-oss:20b').click();
  await until(() => text().includes('It frees 13.8 GB.'));
  one('button', 'Delete model').click();
  await until(() => named('button', 'gpt-oss:20b').length === 0);
  expect((one('button', 'Claude Sonnet 3.5') as HTMLButtonElement).disabled).toBe(true);
});
