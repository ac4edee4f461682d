// A turn of chat in the store: what streams is shown, nothing is lost by looking elsewhere, what failed can be resent.
import { mockIPC } from '@tauri-apps/api/mocks';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Message } from '$lib/bindings';
import { openConversations } from '$features/chat/turns.svelte';

const commands = vi.hoisted(() => ({ sendMessage: vi.fn(), openConversation: vi.fn(), stopAnswer: vi.fn() }));
vi.mock('$lib/bindings', () => ({ commands, events: {} }));

const ok = <T>(data: T) => ({ status: 'ok' as const, data });
const message = (id: string, role: Message['role'], content: string, status: Message['status'] = 'complete'): Message => ({
  id, role, content, status, conversationId: 'c1', model: null, usage: null, problem: null, hasFlashcards: false, createdAt: 0,
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
  expect(openConversations.of('c1').messages.map(({ content }) => content)).toEqual(['Why?', 'Because']);
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
  emit({ type: 'finished', answer: { ...message('a', 'assistant', 'Be', 'failed'), problem: 'The connection was cut.' }, title: 'Why' });
  finish(ok(null));
  await turn;
  expect(turns).toMatchObject({ draft: '', problem: null });
  expect(turns.messages[1]).toMatchObject({ status: 'failed', problem: 'The connection was cut.' });
});

test('each conversation keeps what is typed in it', () => {
  openConversations.of('c1').draft = 'half a';
  openConversations.of('c2').draft = 'other';
  expect(openConversations.of('c1').draft).toBe('half a');
});

test('retry sends the question of that answer again', async () => {
  const turns = openConversations.of('c1');
  commands.openConversation.mockResolvedValue(
    ok({
      summary: { id: 'c1', title: '', model: { provider: 'ollama', name: 'm' }, createdAt: 0, updatedAt: 0 },
      messages: [message('q1', 'user', 'First?'), message('a1', 'assistant', '', 'failed'), message('q2', 'user', 'Second?'), message('a2', 'assistant', 'Yes')],
    }),
  );
  await turns.load();
  void turns.retry('a1');
  expect(commands.sendMessage.mock.calls[0]!.slice(0, 2)).toEqual(['c1', 'First?']);
  // It stands in the conversation already; the field is the person's.
  turns.draft = 'something else';
  refuse('busy');
  await frame();
  expect(turns.draft).toBe('something else');
});

test('a notice is shown until text comes', async () => {
  const turns = openConversations.of('c1');
  void turns.send('Why?');
  start();
  emit({ type: 'notice', message: 'Claude asks to wait 3 seconds.' });
  expect(turns.notice).toBe('Claude asks to wait 3 seconds.');
  emit({ type: 'text', text: 'So' });
  expect(turns.notice).toBeNull();
});
