// The tray: nothing typed is lost, nothing is kept twice or without the person's word, and what was done can be taken back.
import { mockIPC } from '@tauri-apps/api/mocks';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Draft, NewCard } from '$lib/bindings';
import { keepInstead, keepRather, mergeDrafts, mergeIntoCard } from '$features/drafts/decisions';
import { jobs } from '$features/drafts/jobs.svelte';
import { marks } from '$features/drafts/marks.svelte';
import { repairs } from '$features/drafts/repairs.svelte';
import { tray } from '$features/drafts/tray.svelte';
import { route } from '$lib/route.svelte';
import { session } from '$lib/session.svelte';
import { toasts } from '$lib/toasts.svelte';

const commands = vi.hoisted(() => {
  const names = ['listDrafts', 'addDrafts', 'updateDraft', 'repairDraft', 'replaceDraft', 'findDuplicates', 'keepDrafts', 'dropDrafts', 'restoreDrafts', 'generateDrafts', 'cancelDrafts', 'changeCard', 'updateCard', 'undo', 'passageMarks', 'listCards'];
  return Object.fromEntries(names.map((name) => [name, vi.fn()])) as Record<string, ReturnType<typeof vi.fn>>;
});
vi.mock('$lib/bindings', () => ({ commands, events: { draftsChanged: { listen: async () => () => {} } } }));

const ok = <T>(data: T) => ({ status: 'ok' as const, data });
const refused = (code: string) => ({ status: 'error' as const, error: { code, message: `It was ${code}.`, retryAfterSeconds: null } });
const card = (question: string): NewCard => ({ kind: 'basic', question, answer: `${question} answer`, tags: [], source: null });
const draft = (id: string): Draft => ({ id, card: card(id), passage: null, findings: [], createdAt: 0 });
const ids = () => tray.drafts.map(({ id }) => id);

beforeEach(async () => {
  mockIPC(() => null); // for the channels
  for (const command of Object.values(commands)) command.mockReset();
  commands.listDrafts!.mockResolvedValue(ok(['a', 'b', 'c'].map(draft)));
  commands.passageMarks!.mockResolvedValue(ok([]));
  commands.updateDraft!.mockImplementation(async (id: string, card: NewCard) => ok({ ...draft(id), card }));
  commands.dropDrafts!.mockResolvedValue(ok(null));
  localStorage.clear();
  session.profile = null;
  tray.forget();
  jobs.forget();
  repairs.forget();
  toasts.list = [];
  await tray.load();
});

test('what is typed is stored before the draft is kept, and only once', async () => {
  tray.type('b', { ...card('b'), question: 'Better?' });
  let finish = (_: unknown) => {};
  commands.keepDrafts!.mockReturnValue(new Promise((resolve) => (finish = resolve)));
  const first = tray.keep(['b']);
  await tray.keep(['b']);
  await vi.waitFor(() => expect(commands.keepDrafts).toHaveBeenCalledOnce());
  expect(commands.updateDraft).toHaveBeenCalledExactlyOnceWith('b', expect.objectContaining({ question: 'Better?' }));
  finish(ok({ cards: [{}], unfit: [], duplicates: [] }));
  expect(await first).toBe(true);
  expect(ids()).toEqual(['a', 'c']);
});

test('what cannot be a card stays, with the reason, and the others are kept', async () => {
  tray.type('a', { ...card('a'), answer: ' ' });
  commands.keepDrafts!.mockResolvedValue(ok({ cards: [{}, {}], unfit: [], duplicates: [] }));
  await tray.keep(['a', 'b', 'c']);
  expect(commands.keepDrafts).toHaveBeenCalledExactlyOnceWith(['b', 'c'], false);
  expect(ids()).toEqual(['a']);
  expect(tray.typed.get('a')?.answer).toBe(' ');
});

test('what the core finds unfit stays and says why, and is not taken for kept', async () => {
  const unfit = [{ draftId: 'b', message: 'One deletion lies within another.' }];
  commands.keepDrafts!.mockResolvedValue(ok({ cards: [{}, {}], duplicates: [], unfit }));
  expect(await tray.keep(['a', 'b', 'c'])).toBe(true);
  expect(ids()).toEqual(['b']);
  expect(tray.problems.get('b')?.message).toBe('One deletion lies within another.');
  commands.keepDrafts!.mockResolvedValue(ok({ cards: [], duplicates: [], unfit }));
  expect(await tray.keep(['b'], true)).toBe(false);
});

test('a refused storing keeps what was typed, and keeping waits for it', async () => {
  commands.updateDraft!.mockResolvedValue(refused('disk_full'));
  tray.type('a', { ...card('a'), question: 'New' });
  expect(await tray.keep(['a'])).toBe(false);
  expect(commands.keepDrafts).not.toHaveBeenCalled();
  expect(tray.typed.get('a')?.question).toBe('New');
  expect(tray.problems.get('a')?.message).toBe('It was disk_full.');
});

test('likely duplicates stay and are put before the person, the likeliest of each', async () => {
  const double = (draftId: string, similarity: number) => ({ draftId, of: { type: 'draft', draftId: 'c' }, by: 'similar_text', similarity });
  commands.keepDrafts!.mockResolvedValue(ok({ cards: [{}], unfit: [], duplicates: [double('b', 0.7), double('b', 0.9)] }));
  await tray.keep(['a', 'b']);
  expect(ids()).toEqual(['b', 'c']);
  expect(tray.doubles.deciding.map(({ draftId, similarity }) => [draftId, similarity])).toEqual([['b', 0.9]]);
  commands.keepDrafts!.mockResolvedValue(ok({ cards: [{}], unfit: [], duplicates: [] }));
  await tray.keep(['b'], true);
  expect(commands.keepDrafts).toHaveBeenLastCalledWith(['b'], true);
  expect(tray.doubles.deciding).toEqual([]);
});

test('what stays as a double and cannot be shown beside it says so, and all of them can be left for later', async () => {
  const of = { type: 'draft' as const, draftId: 'a' };
  commands.keepDrafts!.mockResolvedValue(ok({ cards: [card('a')], unfit: [], duplicates: [{ draftId: 'b', of, by: 'same_text', similarity: 1 }] }));
  commands.findDuplicates!.mockResolvedValue(refused('database_unavailable'));
  await tray.keep(['a', 'b']);
  expect(ids()).toEqual(['b', 'c']);
  expect(tray.doubles.deciding).toEqual([]);
  expect(tray.problems.get('b')?.message).toContain('Keep it once more');
  commands.keepDrafts!.mockImplementation(async (wanted: string[]) => ok({ cards: [], unfit: [], duplicates: wanted.map((draftId) => ({ draftId, of: { type: 'card', card: { ...card('a'), id: 'k' } }, by: 'same_text', similarity: 1 })) }));
  await tray.keep(['b', 'c']);
  expect(tray.doubles.deciding).toHaveLength(2);
  tray.doubles.later();
  expect(tray.doubles.deciding).toEqual([]);
  expect(ids()).toEqual(['b', 'c']);
});

test('kept and dropped can be taken back, by the message or by the key', async () => {
  commands.restoreDrafts!.mockImplementation(async (list: string[]) => ok(list.map(draft)));
  await tray.drop(['a', 'b']);
  expect(ids()).toEqual(['c']);
  expect(toasts.list.at(-1)?.text).toBe('2 drafts dropped.');
  await tray.undo();
  expect(commands.restoreDrafts).toHaveBeenCalledExactlyOnceWith(['a', 'b']);
  expect(ids()).toEqual(['a', 'b', 'c']);
  await tray.undo();
  expect(commands.restoreDrafts).toHaveBeenCalledOnce();
});

test('a list that was asked for before a change does not bring back what is gone', async () => {
  let answer = (_: unknown) => {};
  commands.listDrafts!.mockReturnValue(new Promise((resolve) => (answer = resolve)));
  const loading = tray.load();
  await tray.drop(['a']);
  answer(ok(['a', 'b', 'c'].map(draft)));
  await loading;
  expect(ids()).toEqual(['b', 'c']);
});

test('what the draft replaces is deleted, and one word takes back both', async () => {
  commands.keepDrafts!.mockResolvedValue(ok({ cards: [{}], unfit: [], duplicates: [] }));
  commands.changeCard!.mockResolvedValue(ok({ undo: { id: 7, what: 'deleting the card' } }));
  commands.restoreDrafts!.mockImplementation(async (list: string[]) => ok(list.map(draft)));
  commands.undo!.mockResolvedValue(ok({}));
  const version = marks.version;
  expect(await keepInstead('a', 'k1')).toBe(true);
  expect(commands.changeCard).toHaveBeenCalledExactlyOnceWith('k1', 'delete');
  expect(toasts.list.map(({ text, action }) => [text, action?.label])).toEqual([['Draft kept. The earlier card was deleted.', 'Undo']]);
  expect(marks.version).toBeGreaterThan(version);
  await tray.undo();
  expect(commands.undo).toHaveBeenCalledExactlyOnceWith(7);
  expect(commands.restoreDrafts).toHaveBeenCalledExactlyOnceWith(['a']);
  expect(toasts.list.map(({ text }) => text)).toEqual(['The earlier card is back, and the draft waits again.']);
  // The old card stays when the new one was not kept.
  commands.keepDrafts!.mockResolvedValue(refused('disk_full'));
  expect(await keepInstead('b', 'k2')).toBe(false);
  expect(commands.changeCard).toHaveBeenCalledOnce();
});

test('a draft comes back also when the card beside it cannot', async () => {
  commands.keepDrafts!.mockResolvedValue(ok({ cards: [{}], unfit: [], duplicates: [] }));
  commands.changeCard!.mockResolvedValue(ok({ undo: { id: 7, what: 'deleting the card' } }));
  commands.restoreDrafts!.mockImplementation(async (list: string[]) => ok(list.map(draft)));
  commands.undo!.mockResolvedValue(refused('disk_full'));
  await keepInstead('a', 'k1');
  await tray.undo();
  expect(ids()).toEqual(['a', 'b', 'c']);
  expect(toasts.list.map(({ text }) => text)).toEqual(['The draft waits again.', 'It was disk_full.']);
});

test('merged into a card, one word gives the card its words and the draft back', async () => {
  const merged = { ...card('k'), question: 'Both?' };
  commands.updateCard!.mockResolvedValue(ok({ card: { id: 'k1', ...merged }, undo: { id: 9, what: 'the edit' } }));
  commands.restoreDrafts!.mockImplementation(async (list: string[]) => ok(list.map(draft)));
  commands.undo!.mockResolvedValue(ok({}));
  expect(await mergeIntoCard('a', 'k1', merged)).toBe(true);
  expect(ids()).toEqual(['b', 'c']);
  expect(toasts.list.map(({ text }) => text)).toEqual(['Merged into the card you have.']);
  const version = marks.version;
  toasts.list[0]!.action!.run();
  await vi.waitFor(() => expect(ids()).toEqual(['a', 'b', 'c']));
  expect(commands.undo).toHaveBeenCalledExactlyOnceWith(9);
  expect(commands.restoreDrafts).toHaveBeenCalledExactlyOnceWith(['a']);
  await vi.waitFor(() => expect(marks.version).toBeGreaterThan(version));
  expect(toasts.list.at(-1)?.text).toBe('The card says what it said, and the draft waits again.');
});

test('two drafts made one are two again, in their own words', async () => {
  commands.keepDrafts!.mockResolvedValue(ok({ cards: [{}], unfit: [], duplicates: [] }));
  commands.restoreDrafts!.mockImplementation(async (list: string[]) => ok(list.map(draft)));
  expect(await mergeDrafts('a', 'b', { ...card('a'), question: 'Both?' })).toBe(true);
  expect(commands.updateDraft).toHaveBeenCalledExactlyOnceWith('a', expect.objectContaining({ question: 'Both?' }));
  expect(ids()).toEqual(['c']);
  expect(toasts.list.map(({ text }) => text)).toEqual(['Merged into one card.']);
  commands.listDrafts!.mockResolvedValue(ok([{ ...draft('a'), card: { ...card('a'), question: 'Both?' } }, draft('b'), draft('c')]));
  await tray.undo();
  expect(commands.restoreDrafts).toHaveBeenCalledExactlyOnceWith(['a', 'b']);
  expect(commands.updateDraft).toHaveBeenLastCalledWith('a', expect.objectContaining({ question: 'a' }));
  expect(tray.find('a')?.card.question).toBe('a');
});

test('a draft that is kept rather than another comes back with it', async () => {
  commands.keepDrafts!.mockResolvedValue(ok({ cards: [{}], unfit: [], duplicates: [] }));
  commands.restoreDrafts!.mockImplementation(async (list: string[]) => ok(list.map(draft)));
  expect(await keepRather('a', 'b')).toBe(true);
  expect(ids()).toEqual(['c']);
  expect(toasts.list).toHaveLength(1);
  await tray.undo();
  expect(commands.restoreDrafts).toHaveBeenCalledExactlyOnceWith(['a', 'b']);
});

const again = async () => {
  tray.forget();
  await tray.load();
};

test('what is typed and not stored outlives the window, of this person only', async () => {
  session.profile = { id: 'ada', email: 'ada@example.org' } as never;
  await again();
  commands.updateDraft!.mockReturnValue(new Promise(() => {}));
  tray.type('a', { ...card('a'), question: 'Half a que' });
  tray.type('b', { ...card('b'), answer: '' });
  await again();
  expect(tray.typed.get('a')?.question).toBe('Half a que');
  expect(tray.typed.get('b')?.answer).toBe('');
  // What is complete is stored by itself, and kept no longer then.
  commands.updateDraft!.mockImplementation(async (id: string, card: NewCard) => ok({ ...draft(id), card }));
  await tray.storeAll();
  expect(commands.updateDraft).toHaveBeenLastCalledWith('a', expect.objectContaining({ question: 'Half a que' }));
  await again();
  expect([...tray.typed.keys()]).toEqual(['b']);
  session.profile = { id: 'bob', email: 'bob@example.org' } as never;
  await again();
  expect(tray.typed.size).toBe(0);
  expect(localStorage.length).toBe(0);
});

test('what is typed goes with its draft, comes back with it, and is nothing when storage holds nonsense', async () => {
  session.profile = { id: 'ada', email: 'ada@example.org' } as never;
  localStorage.setItem('memoryloop.typed-drafts', '{"of":"ada","cards":[["a",{"question":3}],["gone",' + JSON.stringify(card('x')) + ']]}');
  await again();
  expect(tray.typed.size).toBe(0);
  expect(localStorage.length).toBe(0);
  tray.type('a', { ...card('a'), answer: '' });
  expect(localStorage.length).toBe(1);
  await tray.drop(['a']);
  expect(localStorage.length).toBe(0);
  commands.restoreDrafts!.mockImplementation(async (list: string[]) => ok(list.map(draft)));
  await tray.undo();
  expect(tray.typed.get('a')?.answer).toBe('');
  expect(localStorage.length).toBe(1);
  localStorage.setItem('memoryloop.typed-drafts', 'not JSON');
  await again();
  expect(tray.typed.size).toBe(0);
});

test('of two storings the later waits, and sends what was typed last', async () => {
  const ends: (() => void)[] = [];
  commands.updateDraft!.mockImplementation((id: string, card: NewCard) => new Promise((resolve) => ends.push(() => resolve(ok({ ...draft(id), card })))));
  tray.type('a', { ...card('a'), question: 'First' });
  const first = tray.store('a');
  tray.type('a', { ...card('a'), question: 'Second' });
  const second = tray.store('a');
  tray.type('a', { ...card('a'), question: 'a' });
  const third = tray.store('a');
  await Promise.resolve();
  expect(commands.updateDraft).toHaveBeenCalledOnce();
  ends[0]!();
  await vi.waitFor(() => expect(commands.updateDraft).toHaveBeenCalledTimes(2));
  // The words from before are sent again: those of the first storing had taken their place.
  expect(commands.updateDraft).toHaveBeenLastCalledWith('a', expect.objectContaining({ question: 'a' }));
  ends[1]!();
  expect(await Promise.all([first, second, third])).toEqual([false, true, true]);
  expect(commands.updateDraft).toHaveBeenCalledTimes(2);
  expect(tray.find('a')?.card.question).toBe('a');
});

test('duplicates are asked for once for each wording, and a failure is asked again', async () => {
  vi.useFakeTimers();
  commands.findDuplicates!.mockResolvedValueOnce(refused('database_unavailable')).mockResolvedValue(ok([{ draftId: 'a', of: { type: 'draft', draftId: 'b' }, by: 'same_text', similarity: 1 }]));
  tray.doubles.compare(tray.drafts);
  await vi.advanceTimersByTimeAsync(500);
  tray.doubles.compare(tray.drafts);
  await vi.advanceTimersByTimeAsync(500);
  tray.doubles.compare(tray.drafts);
  await vi.advanceTimersByTimeAsync(500);
  vi.useRealTimers();
  expect(commands.findDuplicates).toHaveBeenCalledTimes(2);
  expect(tray.doubles.found.get('a')).toHaveLength(1);
});

test('a proposal changes nothing until it is used, and then can be taken back', async () => {
  const better = { ...card('a'), question: 'One fact?' };
  commands.repairDraft!.mockResolvedValue(ok([better, card('second')]));
  await repairs.ask(tray.find('a')!);
  expect(commands.replaceDraft).not.toHaveBeenCalled();
  expect(repairs.of('a')).toMatchObject({ state: 'offered', cards: [{ question: 'One fact?' }, { question: 'second' }] });
  commands.replaceDraft!.mockImplementation(async (_: string, cards: NewCard[]) => ok(cards.map((one, i) => ({ ...draft(`n${i}`), card: one }))));
  await repairs.use('a');
  expect(ids()).toEqual(['n0', 'n1', 'b', 'c']);
  expect(repairs.of('a')).toBeNull();
  toasts.list.at(-1)!.action!.run();
  await vi.waitFor(() => expect(commands.restoreDrafts).toHaveBeenCalledExactlyOnceWith(['a']));
  expect(commands.dropDrafts).toHaveBeenCalledExactlyOnceWith(['n0', 'n1']);
  // The key takes nothing back a second time.
  await tray.undo();
  expect(commands.restoreDrafts).toHaveBeenCalledOnce();
});

test('a repair that nobody waits for any more is ended, and its answer is not shown', async () => {
  let answer = (_: unknown) => {};
  commands.cancelDrafts!.mockResolvedValue(ok(null));
  commands.repairDraft!.mockReturnValue(new Promise((resolve) => (answer = resolve)));
  const asked = repairs.ask(tray.find('a')!);
  await vi.waitFor(() => expect(commands.repairDraft).toHaveBeenCalled());
  repairs.leave('a');
  expect(commands.cancelDrafts).toHaveBeenCalledExactlyOnceWith(commands.repairDraft!.mock.calls[0]![0]);
  answer(ok([card('late')]));
  await asked;
  expect(repairs.of('a')).toBeNull();
  // One that is done is left without a word to the program; that of a draft which goes is ended too.
  commands.repairDraft!.mockResolvedValue(ok([card('better')]));
  await repairs.ask(tray.find('a')!);
  repairs.leave('a');
  expect(commands.cancelDrafts).toHaveBeenCalledOnce();
  commands.repairDraft!.mockReturnValue(new Promise(() => {}));
  void repairs.ask(tray.find('b')!);
  await vi.waitFor(() => expect(commands.repairDraft).toHaveBeenCalledTimes(3));
  await tray.drop(['b']);
  expect(commands.cancelDrafts).toHaveBeenLastCalledWith(commands.repairDraft!.mock.calls[2]![0]);
});

const place = { conversation: 'c', message: 'm', what: 'an answer' };
const request = { type: 'answers' as const, messageIds: ['m'] };

test('a making: progress, drafts as they come, a part that failed can be asked for again', async () => {
  let finish = (_: unknown) => {};
  commands.generateDrafts!.mockReturnValue(new Promise((resolve) => (finish = resolve)));
  const job = jobs.start(request, null, place);
  expect(jobs.start({ ...request }, null, place)).toBe(job);
  expect(commands.generateDrafts).toHaveBeenCalledOnce();
  const [id, , , channel] = commands.generateDrafts!.mock.calls[0]!;
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  channel.onmessage({ type: 'progress', partsDone: 1, parts: 3 });
  channel.onmessage({ type: 'waiting', message: 'Wait.', until: 5 });
  expect(job.waiting).toEqual({ message: 'Wait.', until: 5 });
  channel.onmessage({ type: 'drafts', drafts: [draft('x')] });
  expect([job.parts, job.made, job.waiting]).toEqual([{ done: 1, of: 3 }, 1, null]);
  expect(ids()).toContain('x');
  const part = { request: { type: 'passage' as const, messageId: 'm', start: 4, end: 9 }, begins: 'The', message: 'It broke off.' };
  finish(ok({ drafts: 1, repeated: 0, parts: 3, failed: [part], cancelled: false }));
  await vi.waitFor(() => expect(job.running).toBe(false));
  expect(jobs.of('m')).toEqual([job]);
  commands.generateDrafts!.mockResolvedValue(ok({ drafts: 1, repeated: 0, parts: 1, failed: [], cancelled: false }));
  jobs.retryPart(job, part);
  expect(commands.generateDrafts!.mock.calls[1]![1]).toEqual(part.request);
  await vi.waitFor(() => expect(jobs.list).toEqual([]));
});

test('what came of several answers is told also in their conversation, what came of one is seen there', async () => {
  route.go('chat', 'c');
  await vi.waitFor(() => expect(route.id).toBe('c'));
  commands.generateDrafts!.mockResolvedValue(ok({ drafts: 5, repeated: 0, parts: 2, failed: [], cancelled: false }));
  jobs.start(request, null, place);
  await vi.waitFor(() => expect(jobs.running).toBe(0));
  expect(toasts.list).toEqual([]);
  jobs.start({ type: 'answers', messageIds: ['l', 'm'] }, null, { ...place, what: '2 answers' });
  await vi.waitFor(() => expect(toasts.list.at(-1)?.text).toContain('5 cards from 2 answers'));
  expect(toasts.list.at(-1)?.action?.label).toBe('Look');
});

test('cancelled is no failure, nothing to learn is none either, and a failure says why and can be tried again', async () => {
  let finish = (_: unknown) => {};
  commands.cancelDrafts!.mockResolvedValue(ok(null));
  commands.generateDrafts!.mockReturnValueOnce(new Promise((resolve) => (finish = resolve)));
  const job = jobs.start(request, null, place);
  await jobs.cancel(job);
  expect(commands.cancelDrafts).toHaveBeenCalledExactlyOnceWith(job.id);
  finish(ok({ drafts: 2, repeated: 0, parts: 3, failed: [], cancelled: true }));
  await vi.waitFor(() => expect(jobs.list).toEqual([]));

  commands.generateDrafts!.mockResolvedValueOnce(refused('nothing_to_learn')).mockResolvedValueOnce(refused('overloaded'));
  jobs.start(request, null, place);
  await vi.waitFor(() => expect(jobs.list[0]?.nothing).toBe(true));
  jobs.start(request, null, place);
  await vi.waitFor(() => expect(jobs.list[0]?.problem?.message).toBe('It was overloaded.'));
  expect(jobs.list).toHaveLength(1);
});
