// A made-up learner: cards added and reviewed from a seed, by a forgetting curve like FSRS's, so that the graphs look as
// they do in life.

/** Reviews as the statistics need them. */
export type Rated = { day: number; hour: number; seconds: number; kind: 'learning' | 'relearning' | 'young' | 'mature'; rating: 0 | 1 | 2 | 3; predicted: number | null };
export type Kept = { added: number; state: 'new' | 'learning' | 'relearning' | 'review'; stability: number; difficulty: number; last: number; due: number; lapses: number; held: 'suspended' | 'buried' | null };
export type Life = { today: number; log: Rated[]; cards: Kept[] };

export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const FACTOR = 0.9 ** (-1 / 0.2) - 1;
export const recallAfter = (days: number, stability: number) => (1 + (FACTOR * days) / stability) ** -0.2;

const HOURS = [0, 0, 0, 0, 1, 2, 6, 14, 10, 4, 2, 2, 5, 6, 2, 1, 2, 4, 6, 9, 16, 18, 9, 2];

export function lived(today: number, days: number, perDay: number, seed = 7): Life {
  const chance = seeded(seed);
  const log: Rated[] = [];
  const cards: Kept[] = [];
  const due = new Map<number, Kept[]>();
  const at = (day: number, card: Kept) => {
    const list = due.get(day);
    if (list) list.push(card);
    else due.set(day, [card]);
  };
  const pickHour = () => {
    let left = chance() * HOURS.reduce((a, b) => a + b);
    return HOURS.findIndex((weight) => (left -= weight) < 0);
  };
  let away = 0;
  for (let day = today - days + 1; day <= today; day += 1) {
    if (away > 0) away -= 1;
    else if (chance() < 0.02) away = Math.floor(chance() * 6);
    const off = away > 0 && day < today;
    const adds = chance() < 0.55 ? Math.floor(chance() * 2.6 * perDay) : 0;
    for (let i = 0; i < adds; i += 1) {
      const card: Kept = { added: day, state: 'new', stability: 0, difficulty: Math.min(10, Math.max(1, 3 + 6 * chance() * chance() + 1.5 * chance())), last: day, due: day, lapses: 0, held: chance() < 0.015 ? 'suspended' : chance() < 0.01 ? 'buried' : null };
      cards.push(card);
      at(day + Math.floor(chance() * 3), card);
    }
    const list = due.get(day) ?? [];
    due.delete(day);
    if (off) {
      due.set(day + 1, [...list, ...(due.get(day + 1) ?? [])]);
      continue;
    }
    // Of late not all was done: something is overdue.
    const limit = Math.ceil(list.length * (day === today ? 0.6 : day > today - 4 ? 0.7 : 1));
    list.slice(limit).forEach((card) => at(day + 1, card));
    for (const card of list.slice(0, limit)) {
      if (card.held) continue;
      review(card, day);
    }
  }

  function review(card: Kept, day: number) {
    const hour = pickHour();
    const noted = (kind: Rated['kind'], rating: Rated['rating'], predicted: number | null = null) =>
      log.push({ day, hour, seconds: 2.5 + 14 * chance() * chance() + (rating === 0 ? 6 : 0), kind, rating, predicted });
    if (card.state === 'new') {
      const rating = chance() < 0.24 ? 0 : chance() < 0.15 ? 1 : chance() < 0.9 ? 2 : 3;
      noted('learning', rating as Rated['rating']);
      if (rating < 3) noted('learning', 2);
      card.stability = [0.6, 1.2, 2.4, 9][rating]! * (0.7 + 0.6 * chance());
    } else {
      const predicted = recallAfter(day - card.last, card.stability);
      const known = chance() < predicted * 0.985 + (hour > 21 ? -0.05 : 0.005);
      const kind = card.due - card.last >= 21 ? 'mature' : 'young';
      if (known) {
        const rating = chance() < 0.13 ? 1 : chance() < 0.93 ? 2 : 3;
        noted(kind, rating, predicted);
        card.stability *= 1 + (11 - card.difficulty) * 0.17 * (1 / predicted) ** 4 * card.stability ** -0.11 * [0, 0.6, 1, 1.6][rating]!;
      } else {
        noted(kind, 0, predicted);
        noted('relearning', chance() < 0.1 ? 0 : 2);
        card.stability = Math.max(0.5, 1.2 * card.stability ** 0.35);
        card.difficulty = Math.min(10, card.difficulty + 0.4);
        card.lapses += 1;
      }
    }
    card.state = 'review';
    card.last = day;
    card.due = day + Math.max(1, Math.round(card.stability * (0.92 + 0.16 * chance())));
    if (day === today && chance() < 0.12) card.state = chance() < 0.7 ? 'learning' : 'relearning';
    at(card.due, card);
  }
  return { today, log, cards };
}
