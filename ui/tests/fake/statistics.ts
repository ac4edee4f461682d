// Statistics and scheduling over a made-up life. `?state=` picks it: full (a year), day (the first one), decade, huge, new.
import type {
  Histogram, Kinds, OptimiseProgress, OptimiseReport, Progress, Recall, ReviewOptions, Scheduling, Scope, Simulation,
  SimulationRequest, Statistics, StatsRange,
} from '../../src/lib/bindings';
import { lived, recallAfter, type Kept, type Life, type Rated } from './life';

type Channel<T> = { onmessage: (message: T) => void };
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const query = (name: string) => new URLSearchParams(location.search).get(name);
const kinds = (): Kinds => ({ learning: 0, relearning: 0, young: 0, mature: 0 });

const now = new Date();
/** The study day, which begins at four. */
const today = Math.floor((now.getTime() - now.getTimezoneOffset() * 60_000 - 4 * 3_600_000) / 86_400_000);

const lives: Record<string, () => Life> = {
  day: () => lived(today, 1, 9, 3),
  decade: () => lived(today, 3_650, 7),
  huge: () => lived(today, 900, 60),
};
let made: Life | null = null;
function life(): Life {
  const state = query('state') ?? 'full';
  if (['new', 'no-ollama', 'starting', 'failed'].includes(state)) return { today, log: [], cards: [] };
  return (made ??= (lives[state] ?? (() => lived(today, 400, 6)))());
}

function within(whole: Life, scope: Scope): Life {
  if (scope.type === 'all') return whole;
  if (scope.type === 'added_this_week') return { ...whole, log: whole.log.filter(({ day }) => day > today - 7).slice(-90), cards: whole.cards.filter(({ added }) => added > today - 7) };
  if (scope.type === 'failing') return { ...whole, log: whole.log.filter((_, i) => i % 9 === 4), cards: whole.cards.filter(({ lapses }) => lapses >= 3) };
  const one = scope.type === 'tag' ? scope.tag.length : scope.id.length;
  return { ...whole, log: whole.log.filter((_, i) => i % (one + 2) === 0), cards: whole.cards.filter((_, i) => i % (one + 2) === 0) };
}

function histogram(values: number[], bounds: number[]): Histogram {
  const sorted = [...values].sort((a, b) => a - b);
  const bins = bounds.slice(1).map((to, i) => ({ from: bounds[i]!, to, count: 0 }));
  for (const value of values) bins[Math.max(0, bins.findLastIndex(({ from }) => value >= from))]!.count += 1;
  while (bins.length > 1 && bins.at(-1)!.count === 0) bins.pop();
  return {
    bins: values.length === 0 ? [] : bins,
    median: sorted[Math.floor(sorted.length / 2)] ?? null,
    mean: values.length === 0 ? null : values.reduce((a, b) => a + b) / values.length,
  };
}

const upTo = (most: number, count: number) => {
  const width = Math.max(1, Math.ceil(most / count));
  return Array.from({ length: Math.ceil((most + 1) / width) + 1 }, (_, i) => i * width);
};

function byDay(log: Rated[]) {
  const days = new Map<number, { day: number; count: Kinds; seconds: Kinds }>();
  for (const { day, kind, seconds } of log) {
    if (!days.has(day)) days.set(day, { day, count: kinds(), seconds: kinds() });
    days.get(day)!.count[kind] += 1;
    days.get(day)!.seconds[kind] += seconds;
  }
  return [...days.values()].sort((a, b) => a.day - b.day);
}

const recall = (log: Rated[]): Recall => ({ reviews: log.length, passed: log.filter(({ rating }) => rating > 0).length });

function calibration(log: Rated[]): Statistics['calibration'] {
  const judged = log.filter(({ predicted }) => predicted !== null);
  const bins = Array.from({ length: 20 }, (_, i) => {
    const inside = judged.filter(({ predicted }) => Math.min(19, Math.floor(predicted! * 20)) === i);
    return { predicted: inside.reduce((sum, one) => sum + one.predicted!, 0) / (inside.length || 1), actual: recall(inside).passed / (inside.length || 1), reviews: inside.length };
  }).filter(({ reviews }) => reviews > 0);
  const all = judged.length;
  const loss = (one: Rated) => -Math.log(one.rating > 0 ? one.predicted! : 1 - Math.min(0.9999, one.predicted!));
  return {
    bins,
    reviews: all,
    rmse: all === 0 ? null : Math.sqrt(bins.reduce((sum, bin) => sum + bin.reviews * (bin.predicted - bin.actual) ** 2, 0) / all),
    logLoss: all === 0 ? null : judged.reduce((sum, one) => sum + loss(one), 0) / all,
  };
}

function future(cards: Kept[], days: number): Statistics['future'] {
  const ahead = new Map<number, Statistics['future'][number]>();
  for (const card of cards) {
    if (card.held || card.state === 'new' || card.due < today || card.due >= today + days) continue;
    if (!ahead.has(card.due)) ahead.set(card.due, { day: card.due, learning: 0, young: 0, mature: 0 });
    ahead.get(card.due)![card.state !== 'review' ? 'learning' : card.due - card.last >= 21 ? 'mature' : 'young'] += 1;
  }
  return [...ahead.values()].sort((a, b) => a.day - b.day);
}

function streak(days: number[]): Statistics['streak'] {
  let longest = 0;
  let run = 0;
  days.forEach((day, i) => {
    run = days[i - 1] === day - 1 ? run + 1 : 1;
    longest = Math.max(longest, run);
  });
  return { current: (days.at(-1) ?? -9) >= today - 1 ? run : 0, longest, studied: days.length };
}

const buttons = (log: Rated[]): [number, number, number, number] =>
  log.reduce<[number, number, number, number]>((counts, { rating }) => ((counts[rating] += 1), counts), [0, 0, 0, 0]);

function statistics(range: StatsRange, scope: Scope): Statistics {
  const { log, cards } = within(life(), scope);
  const first = Math.min(today, log[0]?.day ?? today, cards[0]?.added ?? today);
  const days = { month: 31, quarter: 92, year: 366, all: today - first + 1 }[range];
  const fromDay = today - days + 1;
  const looked = log.filter(({ day }) => day >= fromDay);
  const free = cards.filter(({ held }) => !held);
  const review = free.filter(({ state }) => state === 'review');
  const seen = cards.filter(({ stability }) => stability > 0);
  const counted = (rows: Kept[], of: (card: Kept) => boolean) => rows.filter(of).length;
  const mature = (card: Kept) => card.due - card.last >= 21;
  const nowRecall = seen.map((card) => recallAfter(today - card.last + 0.3, card.stability));
  const done = log.filter(({ day }) => day === today);
  const since = (from: number, to = today) => {
    const part = log.filter(({ day }) => day >= from && day <= to);
    return { young: recall(part.filter(({ kind }) => kind === 'young')), mature: recall(part.filter(({ kind }) => kind === 'mature')) };
  };
  const all = byDay(log);
  const addedDays = new Map<number, number>();
  for (const { added } of cards) if (added >= fromDay) addedDays.set(added, (addedDays.get(added) ?? 0) + 1);
  const [again, hard, good, easy] = buttons(done);
  return {
    day: today, fromDay,
    today: { reviewed: done.length, again, hard, good, easy, durationMs: 1_000 * done.reduce((sum, { seconds }) => sum + seconds, 0), added: counted(cards, ({ added }) => added === today) },
    streak: streak(all.map(({ day }) => day)),
    calendar: all.map(({ day, count }) => ({ day, count: count.learning + count.relearning + count.young + count.mature })),
    reviews: all.filter(({ day }) => day >= fromDay),
    added: [...addedDays].map(([day, count]) => ({ day, count })),
    future: future(cards, range === 'all' ? 36_500 : days),
    backlog: counted(free, (card) => card.state === 'review' && card.due < today),
    states: {
      new: counted(free, ({ state }) => state === 'new'), learning: counted(free, ({ state }) => state === 'learning'), relearning: counted(free, ({ state }) => state === 'relearning'),
      young: counted(review, (card) => !mature(card)), mature: counted(review, mature),
      suspended: counted(cards, ({ held }) => held === 'suspended'), buried: counted(cards, ({ held }) => held === 'buried'),
    },
    intervals: histogram(review.map((card) => card.due - card.last), upTo(Math.max(1, ...review.map((card) => card.due - card.last)), 30)),
    stability: histogram(seen.map(({ stability }) => stability), upTo(Math.max(1, ...seen.map(({ stability }) => stability)), 30)),
    difficulty: histogram(seen.map(({ difficulty }) => difficulty), Array.from({ length: 19 }, (_, i) => 1 + i / 2)),
    retrievability: histogram(nowRecall, Array.from({ length: 21 }, (_, i) => i / 20)),
    remembered: nowRecall.reduce((a, b) => a + b, 0),
    desiredRetention: scheduling.options.desiredRetention ?? 0.9,
    retention: (['today', 'yesterday', 'week', 'month', 'year', 'all'] as const).map((period) => ({
      period,
      ...{ today: since(today), yesterday: since(today - 1, today - 1), week: since(today - 6), month: since(today - 29), year: since(today - 364), all: since(0) }[period],
    })),
    hours: Array.from({ length: 24 }, (_, hour) => recall(looked.filter((one) => one.hour === hour && (one.kind === 'young' || one.kind === 'mature')))),
    buttons: {
      learning: buttons(looked.filter(({ kind }) => kind === 'learning' || kind === 'relearning')),
      young: buttons(looked.filter(({ kind }) => kind === 'young')),
      mature: buttons(looked.filter(({ kind }) => kind === 'mature')),
    },
    calibration: calibration(looked),
  };
}

const defaults: ReviewOptions = {
  desiredRetention: 0.9, learningSteps: [60, 600], relearningSteps: [600], maximumIntervalDays: 36_500, fuzz: true, newPerDay: 20,
  reviewsPerDay: 200, newOrder: 'created', reviewOrder: 'relative_overdueness', siblings: 'apart',
};
const PLAIN = [0.212, 1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001, 1.8722, 0.1666, 0.796, 1.4835, 0.0614, 0.2629, 1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542];
let scheduling: Scheduling = { options: { ...defaults }, defaults, fsrsVersion: 6, weights: PLAIN, fittedAt: null, fittedReviews: 0, canUndoFit: false };
let fit: Pick<Scheduling, 'weights' | 'fittedAt' | 'fittedReviews' | 'canUndoFit'> | null = null;

/** Whoever keeps the options, the fitting is made up here. */
export const withFit = (stored: Scheduling): Scheduling => ({ ...stored, ...fit });

let fitting = false;
let cancelled = false;
const fail = (code: string, message: string): never => {
  throw { code, message, retryAfterSeconds: null };
};

async function optimise(channel: Channel<OptimiseProgress>): Promise<OptimiseReport> {
  if (fitting) fail('busy', 'The scheduler is being fitted already. Wait for it, or cancel it.');
  const usable = life().log.filter(({ predicted }) => predicted !== null).length;
  if (usable < 8) return { outcome: 'too_few', trainingReviews: usable, heldOutReviews: 0, onlyInitial: false, before: null, after: null };
  fitting = true;
  cancelled = false;
  try {
    for (const [stage, of, each] of [['reading', 4, 80], ['training', 40, 70], ['evaluating', 3, 100], ['applying', 3, 100]] as const) {
      for (let done = 0; done <= of; done += 1) {
        channel.onmessage({ stage, done, of });
        await wait(query('fast') === null ? each : 1);
        if (cancelled) fail('cancelled', 'The fitting was cancelled. Nothing has changed.');
      }
    }
  } finally {
    fitting = false;
  }
  const held = Math.round(usable / 5);
  const kept = query('fit') === 'kept';
  if (!kept) fit = { weights: PLAIN.map((weight, i) => weight * (1 + 0.2 * Math.sin(i))), fittedAt: Date.now(), fittedReviews: usable - held, canUndoFit: true };
  return {
    outcome: kept ? 'kept' : 'improved', trainingReviews: usable - held, heldOutReviews: held, onlyInitial: usable < 64,
    before: { logLoss: 0.3467, rmse: 0.0521 }, after: kept ? { logLoss: 0.3471, rmse: 0.0526 } : { logLoss: 0.3312, rmse: 0.0287 },
  };
}

function simulate({ desiredRetention: r, days, newPerDay, reviewsPerDay }: SimulationRequest): Simulation {
  const known = life().cards.length;
  const load = (0.35 + (1 - 0.9) / (1.02 - r)) * 0.5;
  const reviews = Array.from({ length: days }, (_, day) => Math.min(reviewsPerDay, (newPerDay * 2 + 26 * Math.log1p(day / 7) + known / 60) * load * (1 + 0.12 * Math.sin(day / 2.7))));
  const memorised = Array.from({ length: days }, (_, day) => (known + newPerDay * Math.min(day, 300)) * (0.5 + r / 2) * (0.93 + 0.02 * Math.log1p(day / 30)));
  return { reviews, memorised, minutes: reviews.map((count) => count * (0.13 + (1 - r) * 0.18)) };
}

function preview() {
  const days = Array.from({ length: 30 }, (_, i) => {
    const due = life().cards.filter((card) => card.due === today + i).length;
    return { day: today + i, now: due, after: Math.round(due * (1.15 - i / 90)) + (i === 0 ? 38 : 0) };
  });
  const backlog = life().cards.filter((card) => card.state === 'review' && card.due < today).length;
  return { cards: Math.round(life().cards.length * 0.8), dueNow: backlog + (days[0]?.now ?? 0), dueAfter: backlog + (days[0]?.after ?? 0), days };
}

async function rebuild(channel: Channel<Progress>) {
  const of = life().cards.length;
  for (let step = 1; step <= 20; step += 1) {
    channel.onmessage({ done: Math.round((of * step) / 20), of });
    await wait(query('fast') === null ? 80 : 1);
  }
  return { cards: of, changed: 3 };
}

type Args = Record<string, any>;
export const statisticsCommands: Record<string, (args: Args) => unknown> = {
  statistics: async ({ range, scope }) => (await wait(query('state') === 'slow' ? 1_500 : 0), statistics(range, scope)),
  list_tags: () => (life().cards.length === 0 ? [] : [{ tag: 'networks', cards: 211 }, { tag: 'history', cards: 154 }, { tag: 'rust', cards: 97 }, { tag: 'marked', cards: 6 }]),
  get_scheduling: () => scheduling,
  set_review_options: ({ options }) => (scheduling = { ...scheduling, options }),
  optimise: ({ onProgress }) => optimise(onProgress),
  cancel_optimise: () => ((cancelled = true), null),
  undo_optimise: async () => {
    fit = null;
    return (await import('./backend')).answer('get_scheduling', {});
  },
  preview_reschedule: async () => (await wait(200), preview()),
  reschedule: async () => (await wait(600), preview().cards),
  simulate: async ({ request }) => (await wait(query('fast') === null ? 300 : 1), simulate(request)),
  rebuild_schedules: ({ onProgress }) => rebuild(onProgress),
};
