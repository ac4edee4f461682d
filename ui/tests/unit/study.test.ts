// No key, however pressed, rates or changes two cards, or one that was not seen; and everything can be taken back.
import { beforeEach, expect, test, vi } from 'vitest';
import { commandOf } from '$features/study/keys';
import { Study } from '$features/study/study.svelte';
import { toasts } from '$lib/toasts.svelte';
import { card, ok, refused, summary, update } from './study-answers';

const commands = vi.hoisted(() => Object.fromEntries(
  ['startStudy', 'studyMore', 'rateCard', 'changeCard', 'splitCard', 'undo', 'redo', 'updateCard', 'cardSource'].map((name) => [name, vi.fn()]),
) as Record<string, ReturnType<typeof vi.fn>>);
vi.mock('$lib/bindings', () => ({ commands, events: {} }));

let clock = 0;
let study: Study;
const settle = () => new Promise((resolve) => setTimeout(resolve));
const press = (key: string, { repeat = false, ...more }: Partial<KeyboardEvent> = {}) => {
  const command = commandOf({ key, code: '', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more });
  return command !== null && study.take(command, repeat);
};

beforeEach(async () => {
  vi.resetAllMocks();
  toasts.list = [];
  clock = 1_000;
  commands.startStudy!.mockResolvedValue(ok(update(1)));
  commands.rateCard!.mockResolvedValue(ok(update(2, { undo: { id: 7, what: 'rating Good' } })));
  commands.changeCard!.mockResolvedValue(ok(update(2, { undo: { id: 8, what: 'burying the card' } })));
  study = new Study(() => clock);
  await study.start();
  clock += 1_000;
});

test('Space reveals, a digit rates, and the next card stands there', async () => {
  press(' ');
  expect(study.phase).toBe('answer');
  clock += 3_200;
  press('4');
  await settle();
  expect(commands.rateCard).toHaveBeenCalledExactlyOnceWith('k1', 1, 'easy', 4_200);
  expect(study).toMatchObject({ phase: 'question', card: { position: 2 } });
});

test('Enter and Space on an open answer mean Good', async () => {
  press('Enter');
  clock += 1_000;
  press('Enter');
  await settle();
  expect(commands.rateCard!.mock.calls[0]![2]).toBe('good');
});

test('a key held down counts once', async () => {
  press(' ');
  clock += 2_000;
  for (let i = 0; i < 20; i += 1) expect(press(' ', { repeat: true })).toBe(true);
  expect(study.phase).toBe('answer');
  press('3');
  for (let i = 0; i < 20; i += 1) press('3', { repeat: true });
  await settle();
  expect(commands.rateCard).toHaveBeenCalledOnce();
});

test('a double press rates one card', async () => {
  press(' ');
  clock += 2_000;
  press('3');
  press('3');
  press('1');
  await settle();
  press('3');
  await settle();
  expect(commands.rateCard).toHaveBeenCalledOnce();
  expect(study.phase).toBe('question');
});

test('a bouncing Space, or a double click, reveals and does not rate unseen', async () => {
  press(' ');
  clock += 60;
  press(' ');
  study.press('good');
  await settle();
  expect(commands.rateCard).not.toHaveBeenCalled();
  expect(study.phase).toBe('answer');
  clock += 400;
  study.press('good');
  await settle();
  expect(commands.rateCard).toHaveBeenCalledOnce();
});

test('digits before the answer is shown do nothing', () => {
  press('3');
  expect(study.phase).toBe('question');
  expect(commands.rateCard).not.toHaveBeenCalled();
});

test.each([['-', 'bury', {}], ['@', 'suspend', {}], ['*', 'mark', {}], ['Delete', 'delete', { ctrlKey: true }]] as const)('%s: %s, and one press changes one card', async (key, action, more) => {
  press(key, more);
  press(key, more);
  for (let i = 0; i < 20; i += 1) press(key, { ...more, repeat: true });
  await settle();
  // The next card is there, and this press was meant for the one before.
  clock += 120;
  press(key, more);
  await settle();
  expect(commands.changeCard).toHaveBeenCalledExactlyOnceWith('k1', action);
  clock += 300;
  press(key, more);
  await settle();
  expect(commands.changeCard).toHaveBeenCalledTimes(2);
});

test('a change right after a rating is not made to the card that has just come', async () => {
  press(' ');
  clock += 1_000;
  press('3');
  await settle();
  clock += 50;
  press('-');
  press('Delete', { ctrlKey: true });
  expect(commands.changeCard).not.toHaveBeenCalled();
});

test('what was done is said, with a way back by its own id', async () => {
  press('-');
  await settle();
  expect(toasts.list).toMatchObject([{ text: 'Card buried until tomorrow.', action: { label: 'Undo' } }]);
  commands.undo!.mockResolvedValue(ok(update(1, { redo: { id: 8, what: 'burying the card' } })));
  toasts.list[0]!.action!.run();
  await settle();
  expect(commands.undo).toHaveBeenCalledExactlyOnceWith(8);
  expect(study.card?.card.id).toBe('k1');
  expect(toasts.list).toMatchObject([{ text: 'Undid burying the card.', action: { label: 'Redo' } }]);
});

test('U and Ctrl+Z take back, Ctrl+Shift+Z and Ctrl+Y do again', async () => {
  press(' ');
  clock += 1_000;
  press('3');
  await settle();
  clock += 1_000;
  commands.undo!.mockResolvedValue(ok(update(1, { redo: { id: 7, what: 'rating Good' } }, 9)));
  press('u');
  await settle();
  expect(commands.undo).toHaveBeenLastCalledWith(7);
  expect(study).toMatchObject({ phase: 'question', card: { position: 1, revision: 9 } });
  clock += 1_000;
  commands.redo!.mockResolvedValue(ok(update(2, { undo: { id: 7, what: 'rating Good' } })));
  press('Z', { ctrlKey: true, shiftKey: true });
  await settle();
  expect(study.card?.position).toBe(2);
  clock += 1_000;
  press('z', { ctrlKey: true });
  await settle();
  clock += 1_000;
  press('y', { ctrlKey: true });
  await settle();
  expect(commands.undo).toHaveBeenCalledTimes(2);
  expect(commands.redo).toHaveBeenCalledTimes(2);
});

test('a bounced or held U takes back one', async () => {
  press(' ');
  clock += 1_000;
  press('3');
  await settle();
  clock += 1_000;
  commands.undo!.mockResolvedValue(ok(update(1, { undo: { id: 6, what: 'rating Hard' } })));
  press('u');
  await settle();
  clock += 80;
  press('u');
  for (let i = 0; i < 20; i += 1) press('u', { repeat: true });
  await settle();
  expect(commands.undo).toHaveBeenCalledOnce();
});

test('what was so already offers no undo of something else', async () => {
  commands.changeCard!.mockResolvedValue(ok(update(1)));
  await study.change('k1', 'reset');
  expect(toasts.list).toMatchObject([{ text: 'There was nothing to change.', action: null }]);
});

test('an undo that the program refuses says why', async () => {
  press('-');
  await settle();
  commands.undo!.mockResolvedValue(refused('nothing_to_undo'));
  toasts.list[0]!.action!.run();
  await settle();
  expect(toasts.list).toMatchObject([{ text: 'It was nothing_to_undo.' }]);
  expect(study).toMatchObject({ phase: 'question', problem: null });
});

test('with nothing to undo it says so and asks nobody', async () => {
  press('u');
  await settle();
  expect(commands.undo).not.toHaveBeenCalled();
  expect(toasts.list[0]!.text).toBe('There is nothing to undo.');
});

test('a mark leaves the open answer open, and the next press takes it away', async () => {
  press(' ');
  clock += 1_000;
  const marked = update(1, { undo: { id: 9, what: 'marking the card' } });
  if (marked.step.type === 'card') marked.step.card.marked = true;
  commands.changeCard!.mockResolvedValue(ok(marked));
  press('*');
  await settle();
  expect(study).toMatchObject({ phase: 'answer', card: { marked: true } });
  clock += 1_000;
  press('*');
  await settle();
  expect(commands.changeCard!.mock.calls.map(([, action]) => action)).toEqual(['mark', 'unmark']);
});

test.each([['e', 'edit'], ['i', 'info'], ['?', 'keys'], ['d', 'choose']])('%s opens %s', (key, show) => {
  expect(press(key, { repeat: true })).toBe(true);
  expect(study.overlay).toBeNull();
  press(key);
  expect(study.overlay?.show).toBe(show);
});

test('. and M open the menu', () => {
  press('.');
  expect(study.menuOpen).toBe(true);
  study.menuOpen = false;
  press('m');
  expect(study.menuOpen).toBe(true);
});

test('S says kindly that a card has no source', async () => {
  press('s');
  await settle();
  expect(toasts.list[0]!.text).toBe('You wrote this card yourself, so there is no answer to go to.');
  expect(commands.cardSource).not.toHaveBeenCalled();
});

test('an edit is on the card at once, which stays open, and can be undone', async () => {
  press(' ');
  clock += 1_000;
  press('e');
  const edited = { ...card(1), question: 'Better?' };
  const after = update(1, { undo: { id: 10, what: 'editing the card' } }, 2);
  if (after.step.type === 'card') after.step.card.card = edited;
  commands.updateCard!.mockResolvedValue(ok({ card: edited, undo: { id: 10, what: 'the edit' } }));
  commands.startStudy!.mockResolvedValue(ok(after));
  await study.edit('k1', { question: 'Better?', answer: 'A1', tags: [] });
  expect(study).toMatchObject({ phase: 'answer', overlay: null, card: { card: { question: 'Better?' }, revision: 2 } });
  expect(toasts.list).toMatchObject([{ text: 'Card saved.', action: { label: 'Undo' } }]);
});

test('a leech edited at the end of the session leaves the session at its end', async () => {
  commands.rateCard!.mockResolvedValue(ok(update(1, { step: { type: 'finished', summary }, leech: { cardId: 'k1', lapses: 8 } })));
  study.reveal();
  await study.rate('again');
  commands.startStudy!.mockClear();
  commands.updateCard!.mockResolvedValue(ok({ card: card(1), undo: { id: 12, what: 'the edit' } }));
  commands.studyMore!.mockResolvedValue(ok(update(1, { step: { type: 'finished', summary }, undo: { id: 12, what: 'the edit' } })));
  await study.edit('k1', { question: 'Q', answer: 'A', tags: [] });
  expect(commands.startStudy).not.toHaveBeenCalled();
  expect(commands.studyMore).toHaveBeenCalledExactlyOnceWith(0, 0);
  expect(study).toMatchObject({ phase: 'finished', undoable: { what: 'the edit' }, leeches: [] });
});

test('an edit that was not kept stays in its form', async () => {
  press('e');
  commands.updateCard!.mockResolvedValue(refused('disk_full'));
  await expect(study.edit('k1', { question: 'Q', answer: 'A', tags: [] })).rejects.toMatchObject({ code: 'disk_full' });
  expect(study.overlay?.show).toBe('edit');
});

test('time in a dialog or on another page is not time spent on the card', async () => {
  press('i');
  clock += 60_000;
  study.close();
  study.leave();
  clock += 600_000;
  study.back();
  press(' ');
  clock += 500;
  press('3');
  await settle();
  expect(commands.rateCard!.mock.calls[0]![3]).toBe(1_500);
});

test('coming back finds the card as it was left, its answer open', async () => {
  press(' ');
  study.leave();
  study.back();
  await study.start();
  expect(commands.startStudy).toHaveBeenLastCalledWith(null);
  expect(study).toMatchObject({ phase: 'answer', turn: 1 });
  // Another choice begins anew, even with the same card.
  await study.start({ scope: { type: 'tag', tag: 'rust' }, cram: true });
  expect(commands.startStudy).toHaveBeenLastCalledWith({ scope: { type: 'tag', tag: 'rust' }, cram: true });
  expect(study).toMatchObject({ phase: 'question', turn: 2 });
});

test('a leech is told about, beside the next card, until it is dealt with', async () => {
  commands.rateCard!.mockResolvedValue(ok(update(2, { leech: { cardId: 'k1', lapses: 8 } })));
  press(' ');
  clock += 1_000;
  press('1');
  await settle();
  expect(study.leeches).toMatchObject([{ card: { question: 'Q1' }, lapses: 8 }]);
  expect(study.overlay).toBeNull();
  press(' ');
  expect(study.phase).toBe('answer');
  // Suspending the leech is nothing to the card on the screen.
  commands.changeCard!.mockResolvedValue(ok(update(2, { undo: { id: 4, what: 'suspending the card' } })));
  await study.change('k1', 'suspend');
  expect(toasts.list).toMatchObject([{ action: { label: 'Undo' } }]);
  expect(study).toMatchObject({ phase: 'answer', leeches: [] });
});

test('undoing the rating that made a leech takes the notice away', async () => {
  commands.rateCard!.mockResolvedValue(ok(update(2, { undo: { id: 3, what: 'rating Again' }, leech: { cardId: 'k1', lapses: 8 } })));
  press(' ');
  clock += 1_000;
  press('1');
  await settle();
  clock += 1_000;
  commands.undo!.mockResolvedValue(ok(update(1, {}, 3)));
  press('u');
  await settle();
  expect(study.leeches).toEqual([]);
});

test('a split is one change, with one undo', async () => {
  const parts = ['a', 'b'].map((answer) => ({ question: 'Q', answer, tags: [], source: null }));
  commands.splitCard!.mockResolvedValue(ok(update(2, { undo: { id: 11, what: 'splitting the card' } })));
  await study.split('k1', parts);
  expect(commands.splitCard).toHaveBeenCalledExactlyOnceWith('k1', parts);
  expect(toasts.list).toMatchObject([{ text: 'Card split into 2.', action: { label: 'Undo' } }]);
  expect(study.card?.position).toBe(2);
});

test.each(['stale_card', 'not_found'])('a card that is %s simply moves on', async (code) => {
  commands.rateCard!.mockResolvedValue(refused(code));
  commands.startStudy!.mockResolvedValue(ok(update(3)));
  study.reveal();
  await study.rate('good');
  expect(study).toMatchObject({ phase: 'question', problem: null, card: { position: 3 } });
});

test('a rating that was not kept leaves the card open with the reason', async () => {
  commands.rateCard!.mockResolvedValueOnce(refused('disk_full'));
  study.reveal();
  await study.rate('hard');
  expect(study).toMatchObject({ phase: 'answer', problem: { message: 'It was disk_full.' }, card: { position: 1 } });
  await study.rate('hard');
  expect(study).toMatchObject({ phase: 'question', problem: null });
});

test('the end of the session is shown, undo still works there, and more can be studied', async () => {
  commands.rateCard!.mockResolvedValue(ok(update(1, { step: { type: 'finished', summary }, undo: { id: 5, what: 'rating Good' } })));
  study.reveal();
  await study.rate('good');
  expect(study).toMatchObject({ phase: 'finished', summary, card: null });
  expect(press(' ')).toBe(false);
  clock += 1_000;
  commands.undo!.mockResolvedValue(ok(update(1)));
  press('u');
  await settle();
  expect(study).toMatchObject({ phase: 'question', card: { position: 1 } });
  commands.studyMore!.mockResolvedValue(ok(update(3)));
  await study.more(10, 0);
  expect(commands.studyMore).toHaveBeenCalledExactlyOnceWith(10, 0);
  expect(study.card?.position).toBe(3);
});

test('a choice made while the session is still being opened is not lost', async () => {
  let answer: (value: unknown) => void = () => {};
  commands.startStudy!.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
  const first = study.start();
  const chosen = { scope: { type: 'failing' as const }, cram: false };
  const second = study.start(chosen);
  answer(ok(update(1)));
  await Promise.all([first, second]);
  expect(commands.startStudy).toHaveBeenLastCalledWith(chosen);
});

test('a clock that jumps never gives a negative duration', async () => {
  study.reveal();
  clock = 0;
  await study.rate('good');
  expect(commands.rateCard!.mock.calls[0]![3]).toBe(0);
});
