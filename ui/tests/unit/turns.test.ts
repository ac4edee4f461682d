// A turn of chat in the store: what streams is shown, nothing is lost by looking elsewhere, what failed can be resent.
import { mockIPC } from '@tauri-apps/api/mocks';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Message } from '$lib/bindings';
import { goToDraftSource } from '$features/cards/source';
import { conversations } from '$features/chat/conversations.svelte';
import { openConversations } from '$features/chat/open.svelte';
import { route } from '$lib/route.svelte';
import { toasts } from '$lib/toasts.svelte';

const commands = vi.hoisted(() => ({ sendMessage: vi.fn(), openConversation: vi.fn(), stopAnswer: vi.fn(), restoreMessage: vi.fn(), showVersion: vi.fn(), cardSource: vi.fn() }));
vi.mock('$lib/bindings', () => ({ commands, events: {} }));

const ok = <T>(data: T) => ({ status: 'ok' as const, data });
const message = (id: string, role: Message['role'], content: string, status: Message['status'] = 'complete'): Message => ({
  id, role, content, status, conversationId: 'c1', model: null, usage: null, problem: null, hasFlashcards: false, createdAt: 0, parentId: null, versions: [id], thoughts: '', costUsd: null, seenFrom: null,
});
const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

let finish: (result: unknown) => void;
const emit = (event: unknown) => commands.sendMessage.mock.calls.at(-1)![2].onmessage(event);

beforeEach(() => {
  vi.resetAllMocks();
  mockIPC(() => null); // for the channels
  openConversations.forget();
  commands.sendMessage.mockImplementation(() => new Promise((resolve) => (finish = resolve)));
});

const start = () => emit({ type: 'started', question: message('q', 'user', 'Why?'), answer: message('a', 'assistant', '', 'streaming') });

test('text streams in and goes on while another conversation is looked at', async () => {
  const turn = openConversations.of('c1').send('Why?');
  expect(openConversations.of('c1').pending).toBe('Why?');
  start();
  emit({ type: 'text', text: 'Be' });
  openConversations.of('c2');
  emit({ type: 'text', text: 'cause' });
  await frame();
  expect(openConversations.of('c1').live).toEqual({ id: 'a', text: 'Because', thoughts: '' });
  expect(openConversations.of('c1').messages.map(({ id }) => id)).toEqual(['q', 'a']);
  emit({ type: 'finished', answer: message('a', 'assistant', 'Because.'), title: 'Why' });
  finish(ok(null));
  await turn;
  expect(openConversations.of('c1')).toMatchObject({ running: false, pending: null, notice: null });
  expect(openConversations.of('c1').messages[1]).toMatchObject({ content: 'Because.', status: 'complete' });
  expect(commands.openConversation).not.toHaveBeenCalled();
});

test('the last event may come after the command returned', async () => {
  const turns = openConversations.of('c1');
  const turn = turns.send('Why?');
  start();
  finish(ok(null));
  await frame();
  expect(turns.running).toBe(true);
  emit({ type: 'finished', answer: message('a', 'assistant', 'All of it'), title: 'Why' });
  await turn;
  expect(turns.messages[1]!.content).toBe('All of it');
});

test('a second sending while one runs does nothing', async () => {
  const turns = openConversations.of('c1');
  void turns.send('Why?');
  await turns.send('And?');
  expect(commands.sendMessage).toHaveBeenCalledOnce();
});

const refuse = (code: string) => finish({ status: 'error', error: { code, message: 'Not now.', retryAfterSeconds: null } });

test.each(['ollama_not_running', 'model_not_found', 'key_missing', 'context_too_long', 'busy', 'invalid_input', 'database_unavailable'])(
  'what could not be sent (%s) is put back and nothing is shown as said',
  async (code) => {
    const turns = openConversations.of('c1');
    const turn = turns.send('A long question');
    refuse(code);
    await turn;
    expect(turns).toMatchObject({ draft: 'A long question', pending: null, running: false, problem: { code, message: 'Not now.' }, messages: [] });
    // And it can be sent from there.
    turns.draft = '';
    void turns.send('A long question');
    expect(turns.problem).toBeNull();
    expect(commands.sendMessage).toHaveBeenCalledTimes(2);
  },
);

test('what was typed meanwhile stands after what is put back', async () => {
  const turns = openConversations.of('c1');
  const turn = turns.send('First');
  turns.draft = 'and second';
  refuse('busy');
  await turn;
  expect(turns.draft).toBe('First\n\nand second');
});

test('what fails after it was stored is not put back', async () => {
  const turns = openConversations.of('c1');
  const turn = turns.send('Why?');
  start();
  emit({ type: 'finished', answer: { ...message('a', 'assistant', 'Be', 'failed'), problem: { kind: 'connection_cut', message: 'The connection was cut.', retryAt: null } }, title: 'Why' });
  finish(ok(null));
  await turn;
  expect(turns).toMatchObject({ draft: '', problem: null });
  expect(turns.messages[1]).toMatchObject({ status: 'failed', problem: { message: 'The connection was cut.' } });
});

test('each conversation keeps what is typed in it', () => {
  openConversations.of('c1').draft = 'half a';
  openConversations.of('c2').draft = 'other';
  expect(openConversations.of('c1').draft).toBe('half a');
});

test('an answer is asked for anew, and the field is left alone', async () => {
  const turns = openConversations.of('c1');
  commands.openConversation.mockResolvedValue(
    ok({
      summary: { id: 'c1', title: '', model: { provider: 'ollama', name: 'm' }, createdAt: 0, updatedAt: 0 },
      messages: [message('q1', 'user', 'First?'), message('a1', 'assistant', '', 'failed'), message('q2', 'user', 'Second?'), message('a2', 'assistant', 'Yes')],
    }),
  );
  await turns.load();
  void turns.regenerate('a1');
  expect(commands.sendMessage.mock.calls[0]!.slice(0, 2)).toEqual(['c1', { type: 'regenerate', messageId: 'a1' }]);
  // It stands in the conversation already; the field is the person's.
  turns.draft = 'something else';
  refuse('busy');
  await frame();
  expect(turns.draft).toBe('something else');
});

test('a notice stays to be read when text comes, and goes by time or at the end', async () => {
  vi.useFakeTimers();
  try {
    const turns = openConversations.of('c1');
    const turn = turns.send('Why?');
    start();
    emit({ type: 'notice', message: 'Claude asks to wait 3 seconds.' });
    emit({ type: 'text', text: 'So' });
    expect(turns.notice).toBe('Claude asks to wait 3 seconds.');
    vi.advanceTimersByTime(10_000);
    expect(turns.notice).toBeNull();
    emit({ type: 'notice', message: 'Again.' });
    emit({ type: 'finished', answer: message('a', 'assistant', 'So.'), title: 'Why' });
    finish(ok(null));
    await turn;
    expect(turns.notice).toBeNull();
  } finally {
    vi.useRealTimers();
  }
});

const conversation = (messages: Message[], id = 'c1') =>
  ok({ summary: { id, title: 'Older', model: { provider: 'ollama', name: 'm' }, thinking: false, createdAt: 0, updatedAt: 0 }, messages });

test('an exchange is restored while a turn runs, and shown at its end', async () => {
  const turns = openConversations.of('c1');
  const turn = turns.send('Why?');
  start();
  const all = [message('q0', 'user', 'Deleted?'), message('a0', 'assistant', 'Yes'), message('q', 'user', 'Why?'), message('a', 'assistant', 'Because.')];
  commands.restoreMessage.mockResolvedValue(conversation(all.slice(0, 2)));
  commands.openConversation.mockResolvedValue(conversation(all));
  await turns.restore('q0');
  expect(commands.restoreMessage).toHaveBeenCalledWith('q0');
  expect(turns.messages.map(({ id }) => id)).toEqual(['q', 'a']);
  emit({ type: 'finished', answer: all[3], title: 'Why' });
  finish(ok(null));
  await turn;
  expect(turns.messages.map(({ id }) => id)).toEqual(['q0', 'a0', 'q', 'a']);
});

test('a conversation that is not in the list has its summary when it is opened', async () => {
  commands.openConversation.mockResolvedValue(conversation([], 'c99'));
  await openConversations.of('c99').load();
  expect(conversations.find('c99')).toMatchObject({ title: 'Older' });
  conversations.patch('c99', { title: 'Newer' });
  expect(conversations.find('c99')).toMatchObject({ title: 'Newer' });
});

test('asking again sends what the field says, if it was corrected', async () => {
  const turns = openConversations.of('c1');
  const turn = turns.send('Wy?');
  refuse('busy');
  await turn;
  turns.draft = 'Why?';
  void turns.again();
  expect(commands.sendMessage.mock.calls.at(-1)![1]).toEqual({ type: 'send', content: 'Why?' });
  expect(turns.draft).toBe('');
});

test('asking again leaves what was typed meanwhile in the field', async () => {
  const turns = openConversations.of('c1');
  const turn = turns.send('Why?');
  turns.draft = 'And how?';
  refuse('busy');
  await turn;
  void turns.again();
  expect(commands.sendMessage.mock.calls.at(-1)![1]).toEqual({ type: 'send', content: 'Why?' });
  expect(turns.draft).toBe('And how?');
});

test('an edit that is left for another is there again', () => {
  const turns = openConversations.of('c1');
  const [one, other] = [message('q1', 'user', 'One?'), message('q2', 'user', 'Two?')];
  turns.edit(one);
  turns.editing!.text = 'One, in other words?';
  turns.edit(other);
  expect(turns.editing).toEqual({ id: 'q2', text: 'Two?' });
  turns.edit(one);
  expect(turns.editing).toEqual({ id: 'q1', text: 'One, in other words?' });
  turns.leaveEdit();
  turns.edit(one);
  expect(turns.editing!.text).toBe('One?');
});

test('what is asked in a new conversation joins what is typed there, and is what the person wanted to ask', async () => {
  openConversations.newDraft = 'typed before';
  const turns = openConversations.of('c1');
  turns.draft = 'mine';
  turns.messages = [message('q1', 'user', 'One?')];
  turns.edit(turns.messages[0]!);
  turns.editing!.text = 'One, corrected?';
  const turn = turns.resend();
  refuse('context_too_long');
  await turn;
  openConversations.askAnew(turns.takeRefused());
  expect(openConversations.newDraft).toBe('One, corrected?\n\ntyped before');
  expect(turns.draft).toBe('mine');
});

test('what was stopped before it began is put back without a complaint', async () => {
  const turns = openConversations.of('c1');
  const turn = turns.send('Why?');
  finish({ status: 'error', error: { code: 'cancelled', message: 'Cancelled.', retryAfterSeconds: null } });
  await turn;
  expect([turns.draft, turns.problem, turns.refused, turns.running, turns.pending]).toEqual(['Why?', null, null, false, null]);
});

test('stopping can be tried again when it failed', async () => {
  const turns = openConversations.of('c1');
  void turns.send('Why?');
  start();
  commands.stopAnswer.mockResolvedValue({ status: 'error', error: { code: 'internal', message: 'No.', retryAfterSeconds: null } });
  await turns.stop();
  expect(turns).toMatchObject({ stopping: false, running: true });
});

const draftSource = { messageId: 'a1', start: 0, end: 3 };
const siblings = { ...message('a2', 'assistant', 'Other'), versions: ['a1', 'a2'] };

test('the way to a source asks for no version when its answer is shown', async () => {
  openConversations.of('c1').messages = [message('a1', 'assistant', 'Yes')];
  await goToDraftSource(draftSource, false);
  expect(commands.showVersion).not.toHaveBeenCalled();
  expect(route.id).toBe('c1');
});

test('the way to a source brings its version to the page too, but not while an answer is written', async () => {
  route.go('cards');
  const turns = openConversations.of('c1');
  turns.messages = [siblings];
  turns.changing = true;
  await goToDraftSource(draftSource, false);
  expect(commands.showVersion).not.toHaveBeenCalled();
  expect(toasts.list.at(-1)?.text).toContain('Try again when it has ended');
  expect(route.page).toBe('cards');
  turns.changing = false;
  commands.showVersion.mockResolvedValue(conversation([{ ...message('a1', 'assistant', 'Yes'), versions: ['a1', 'a2'] }]));
  await goToDraftSource(draftSource, false);
  expect(turns.messages.map(({ id }) => id)).toEqual(['a1']);
  expect(route.place?.message).toBe('a1');
});
