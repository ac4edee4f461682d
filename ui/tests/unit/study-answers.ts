// What the program answers while somebody studies.
import type { StudyChoice, StudyUpdate } from '$lib/bindings';

const ALL: StudyChoice = { scope: { type: 'all' }, cram: false };
export const card = (n: number) => ({ id: `k${n}`, question: `Q${n}`, answer: `A${n}`, tags: [] as string[], source: null, createdAt: 0, updatedAt: 0 });
export const update = (n: number, more: Partial<StudyUpdate> = {}, revision = n): StudyUpdate => ({
  choice: ALL,
  step: { type: 'card', card: { card: card(n), state: 'review', revision, intervals: { again: 1, hard: 2, good: 3, easy: 4 }, position: n, of: 3, lapses: 0, marked: false } },
  counts: { new: 1, learning: 0, review: 2, due: 3, total: 9 }, undo: null, redo: null, leech: null, ...more,
});
export const summary = {
  reviewed: 1, again: 0, hard: 0, good: 1, easy: 0, recalled: 1, recalledOf: 1, durationMs: 10, nextDue: null, dueTomorrow: 0, newHeldBack: 0, reviewsHeldBack: 0, buried: 0,
};
export const ok = <T>(data: T) => ({ status: 'ok' as const, data });
export const refused = (code: string) => ({ status: 'error' as const, error: { code, message: `It was ${code}.`, retryAfterSeconds: null } });
