// Drafts: made once however often one clicks, edited, kept or dropped, saved.
import { mockIPC } from '@tauri-apps/api/mocks';
import { beforeEach, expect, test, vi } from 'vitest';
import { allDrafts } from '$features/chat/drafts.svelte';

const commands = vi.hoisted(() => ({ generateDrafts: vi.fn(), cancelDrafts: vi.fn(), saveCards: vi.fn() }));
vi.mock('$lib/bindings', () => ({ commands, events: {} }));

const ok = <T>(data: T) => ({ status: 'ok' as const, data });
const refused = (code: string) => ({ status: 'error' as const, error: { code, message: `It was ${code}.`, retryAfterSeconds: null } });
const source = { messageId: 'm1', start: 3, end: 9 };
const made = [
  { question: 'Q1', answer: 'A1', source },
  { question: 'Q2', answer: 'A2', source: null },
];

beforeEach(() => {
  vi.resetAllMocks();
  mockIPC(() => null); // for the channels
  allDrafts.forget();
});

test('a second click while it runs does nothing twice', async () => {
  let finish = (_: unknown) => {};
  commands.generateDrafts.mockReturnValue(new Promise((resolve) => (finish = resolve)));
  const drafts = allDrafts.of('m1');
  const first = drafts.generate();
  await drafts.generate();
  expect(commands.generateDrafts).toHaveBeenCalledOnce();
  expect(drafts.running).toBe(true);
  commands.generateDrafts.mock.calls[0]![1].onmessage({ partsDone: 1, parts: 3, drafts: 2 });
  expect(drafts.progress).toEqual({ partsDone: 1, parts: 3, drafts: 2 });
  finish(ok(made));
  await first;
  expect(drafts.running).toBe(false);
  expect(drafts.drafts).toHaveLength(2);
});

test('what is kept is saved as edited, with its source', async () => {
  commands.generateDrafts.mockResolvedValue(ok(made));
  commands.saveCards.mockResolvedValue(ok([{}]));
  const drafts = allDrafts.of('m1');
  await drafts.generate();
  drafts.drafts![0]!.question = ' Better? ';
  drafts.drafts![0]!.tags = 'one, #two,, one';
  drafts.drafts![1]!.keep = false;
  await drafts.save();
  expect(commands.saveCards).toHaveBeenCalledExactlyOnceWith([{ question: 'Better?', answer: 'A1', tags: ['one', 'two'], source }]);
  expect(drafts.drafts).toBeNull();
});

test('edits outlive a look elsewhere and a saving that failed', async () => {
  commands.generateDrafts.mockResolvedValue(ok(made));
  commands.saveCards.mockResolvedValue(refused('disk_full'));
  await allDrafts.of('m1').generate();
  allDrafts.of('m1').drafts![1]!.answer = 'mine';
  expect(allDrafts.of('m2').drafts).toBeNull();
  await allDrafts.of('m1').save();
  expect(allDrafts.of('m1').problem?.message).toBe('It was disk_full.');
  expect(allDrafts.of('m1').drafts![1]!.answer).toBe('mine');
});

test('an empty card is not saved', async () => {
  commands.generateDrafts.mockResolvedValue(ok(made));
  const drafts = allDrafts.of('m1');
  await drafts.generate();
  drafts.drafts![0]!.answer = '  ';
  await drafts.save();
  expect(commands.saveCards).not.toHaveBeenCalled();
  expect(drafts.incomplete).toHaveLength(1);
});

test('nothing to learn is no failure', async () => {
  commands.generateDrafts.mockResolvedValue(refused('nothing_to_learn'));
  const drafts = allDrafts.of('m1');
  await drafts.generate();
  expect(drafts).toMatchObject({ nothing: true, problem: null, drafts: null });
});

test('cancelled is no failure', async () => {
  let finish = (_: unknown) => {};
  commands.generateDrafts.mockReturnValue(new Promise((resolve) => (finish = resolve)));
  commands.cancelDrafts.mockResolvedValue(ok(null));
  const drafts = allDrafts.of('m1');
  const running = drafts.generate();
  await drafts.cancel();
  finish(refused('internal'));
  await running;
  expect(drafts).toMatchObject({ nothing: false, problem: null, running: false });
});
