// What comes late, was refused, or belongs to another card or person: no rating vanishes, nothing but what is named is
// taken back, and nothing outlives its profile.
import { flushSync, mount, unmount } from 'svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import CardInfo from '$features/cards/CardInfo.svelte';
import { cardList } from '$features/cards/cards.svelte';
import Finished from '$features/study/Finished.svelte';
import { Study, study as shared } from '$features/study/study.svelte';
import { route } from '$lib/route.svelte';
import { session } from '$lib/session.svelte';
import { toasts } from '$lib/toasts.svelte';
import { card, ok, refused, summary, update } from './study-answers';

const commands = vi.hoisted(() => Object.fromEntries(
  ['startStudy', 'studyMore', 'rateCard', 'changeCard', 'undo', 'updateCard', 'cardSource', 'cardInfo', 'signOut', 'listCards'].map((name) => [name, vi.fn()]),
) as Record<string, ReturnType<typeof vi.fn>>);
vi.mock('$lib/bindings', () => ({ commands, events: {} }));

let clock = 0;
let study: Study;
const settle = () => new Promise((resolve) => setTimeout(resolve));
const said = () => toasts.list.map(({ text }) => text);
const leech = { cardId: 'k1', lapses: 8 };
const later = (command: string) => {
  let answer: (value: unknown) => void = () => {};
  commands[command]!.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
  return (value: unknown) => answer(value);
};

beforeEach(async () => {
  vi.resetAllMocks();
  toasts.list = [];
  clock = 1_000;
  commands.startStudy!.mockResolvedValue(ok(update(1)));
  commands.rateCard!.mockResolvedValue(ok(update(2, { undo: { id: 7, what: 'rating Good' } })));
  study = new Study(() => clock);
  await study.start();
  clock += 1_000;
});

test('a rating refused because the card had changed leaves its answer open and says so', async () => {
  commands.rateCard!.mockResolvedValueOnce(refused('stale_card'));
  commands.startStudy!.mockResolvedValue(ok(update(1, {}, 5)));
  study.reveal();
  await study.rate('hard');
  expect(study).toMatchObject({ phase: 'answer', turn: 1, problem: null, card: { revision: 5 } });
  expect(said()).toEqual(['That rating was not counted, because the card had changed. Please rate it again.']);
  await study.rate('hard');
  expect(commands.rateCard!.mock.calls.map(([, revision]) => revision)).toEqual([1, 5]);
  expect(study.card?.position).toBe(2);
});

test('new weights reach the card that is shown, under its open answer and what lies over it', async () => {
  study.reveal();
  study.open({ show: 'keys' });
  commands.startStudy!.mockResolvedValue(ok(update(1, {}, 5)));
  await study.refresh();
  expect(study).toMatchObject({ phase: 'answer', overlay: { show: 'keys' }, card: { revision: 5 } });
});

test('without a session nothing is read anew, and one at its end is not begun anew', async () => {
  const fresh = new Study(() => clock);
  commands.startStudy!.mockClear();
  await fresh.refresh();
  commands.rateCard!.mockResolvedValue(ok(update(1, { step: { type: 'finished', summary } })));
  commands.studyMore!.mockResolvedValue(ok(update(1, { step: { type: 'finished', summary } })));
  study.reveal();
  await study.rate('good');
  await study.refresh();
  expect(commands.startStudy).not.toHaveBeenCalled();
  expect(commands.studyMore).toHaveBeenCalledExactlyOnceWith(0, 0);
});

async function forgotten() {
  commands.rateCard!.mockResolvedValue(ok(update(2, { leech })));
  study.reveal();
  await study.rate('again');
}

test('a leech is edited and split as it is now', async () => {
  await forgotten();
  commands.cardInfo!.mockResolvedValue(ok({ card: { ...card(1), question: 'Newer' } }));
  await study.reshape('k1', 'edit');
  expect(study.overlay).toMatchObject({ show: 'edit', card: { question: 'Newer' } });
  study.close();
  study.leave();
  await study.reshape('k1', 'split');
  expect(study.overlay).toBeNull();
});

test.each(['reshape', 'change'] as const)('a leech that is gone (%s) takes its notice away, and the shown card stays', async (how) => {
  await forgotten();
  study.reveal();
  commands.cardInfo!.mockResolvedValue(refused('not_found'));
  commands.changeCard!.mockResolvedValue(refused('not_found'));
  commands.startStudy!.mockClear();
  await (how === 'reshape' ? study.reshape('k1', 'edit') : study.change('k1', 'suspend'));
  expect(study).toMatchObject({ phase: 'answer', leeches: [], overlay: null, problem: null, card: { position: 2 } });
  expect(said()).toEqual(['It was not_found.']);
  expect(commands.startStudy).not.toHaveBeenCalled();
});

test('U takes back what it names or nothing; what it names is then read anew', async () => {
  study.reveal();
  await study.rate('good');
  study.reveal();
  commands.undo!.mockResolvedValue(refused('nothing_to_undo'));
  commands.startStudy!.mockResolvedValue(ok(update(2, { undo: null })));
  await study.undo();
  expect(commands.undo).toHaveBeenCalledExactlyOnceWith(7);
  expect(said()).toEqual(['It was nothing_to_undo.']);
  expect(study).toMatchObject({ phase: 'answer', undoable: null, problem: null });
});

test('what is undone from the message of another page is no longer what U names', async () => {
  commands.startStudy!.mockResolvedValue(ok(update(1, { undo: { id: 8, what: 'marking the card' } })));
  await shared.start();
  commands.changeCard!.mockResolvedValue(ok(update(1, { undo: { id: 8, what: 'marking the card' } })));
  await cardList.change({ card: card(1), state: 'review', due: 0, suspended: false, buriedUntil: null }, 'mark');
  commands.undo!.mockResolvedValue(ok(update(1)));
  commands.startStudy!.mockResolvedValue(ok(update(1)));
  toasts.list.at(-1)!.action!.run();
  await settle();
  expect(commands.undo).toHaveBeenCalledExactlyOnceWith(8);
  expect(shared.undoable).toBeNull();
  shared.forget();
});

test('late answers of a profile that was left change nothing in the next', async () => {
  const rated = later('rateCard');
  study.reveal();
  const rating = study.rate('good');
  study.forget();
  expect(study.busy).toBe(false);
  await study.start();
  rated(ok(update(3, { undo: { id: 9, what: 'rating Good' } })));
  await rating;
  expect(study).toMatchObject({ phase: 'question', card: { position: 1 }, undoable: null });
  const edited = later('updateCard');
  const edit = study.edit('k1', { question: 'Q', answer: 'A', tags: [] });
  study.forget();
  edited(ok({ card: card(1), undo: null }));
  await edit;
  expect(study).toMatchObject({ phase: 'loading', card: null });
  expect(said()).toEqual([]);
});

test('at sign-out the offers to undo go, and what is merely said stays', async () => {
  session.profile = { id: 'u1', email: 'ada' };
  toasts.show('Card buried.', { action: { label: 'Undo', run: () => {} } });
  toasts.show('The starter deck is there already.');
  commands.signOut!.mockResolvedValue(ok(null));
  await session.signOut();
  expect(said()).toEqual(['The starter deck is there already.']);
});

test('Space pressed twice rates one card and does not show the next one’s answer unread', async () => {
  study.take('forward', false);
  clock += 1_000;
  study.take('forward', false);
  await settle();
  clock += 120;
  study.take('forward', false);
  expect(study).toMatchObject({ phase: 'question', card: { position: 2 } });
  clock += 40;
  study.take('forward', false);
  expect(study.phase).toBe('answer');
  // A digit is no half of a Space.
  study.take('good', false);
  await settle();
  study.take('forward', false);
  expect(study.phase).toBe('answer');
  expect(commands.rateCard).toHaveBeenCalledTimes(2);
});

test('the way to the source is not taken once the person has gone on', async () => {
  location.hash = '#/study';
  globalThis.dispatchEvent(new HashChangeEvent('hashchange'));
  const place = ok({ conversationId: 'c0', source: { messageId: 'a0', start: 0, end: 4 }, passage: '' });
  const sourced = { ...card(1), source: { messageId: 'a0', start: 0, end: 4 } };
  let answer = later('cardSource');
  const first = study.source(sourced);
  study.reveal();
  await study.rate('good');
  answer(place);
  await first;
  expect(route.page).toBe('study');
  answer = later('cardSource');
  const second = study.source(sourced);
  route.go('cards');
  answer(refused('not_found'));
  await second;
  expect([route.page, said()]).toEqual(['cards', []]);
});

test.each([
  [{ newHeldBack: 3 }, 'Nothing more is due today.'], [{ reviewsHeldBack: 1 }, 'Nothing more is due today.'],
  [{ buried: 1 }, 'Nothing more is due today.'], [{}, 'Every card has been studied.'],
])('at the end with %o: %s', async (left, words) => {
  const view = mount(Finished, { target: document.body, props: { summary: { ...summary, reviewed: 0, ...left }, again: () => {} } });
  flushSync();
  expect(document.body.textContent).toContain(words);
  await unmount(view);
});

test('a reset is no rescheduling, and has no interval', async () => {
  const past = { at: 0, rating: null, state: 'review' as const, intervalMs: 0, stability: null, difficulty: null, retrievability: null, durationMs: 0 };
  const history = [past, { ...past, intervalMs: 5 * 86_400_000, stability: 5 }];
  commands.cardInfo!.mockResolvedValue(ok({
    card: card(1), state: 'new', due: null, suspended: false, buried: false, intervalDays: 0, reps: 0, lapses: 0, stability: null, difficulty: null, retrievability: null,
    firstReview: null, lastReview: null, totalMs: 0, isLeech: false, history,
  }));
  const view = mount(CardInfo, { target: document.body, props: { id: card(1).id, card: card(1), from: 'study', onclose: () => {} } });
  await settle();
  flushSync();
  const cells = [...document.querySelectorAll('tbody tr')].map((row) => [1, 3].map((at) => row.children[at]!.textContent));
  expect(cells).toEqual([['Reset', ''], ['Rescheduled', '5 d']]);
  await unmount(view);
});
