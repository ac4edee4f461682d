// What became of a fitting, in words.
import type { Fit, OptimiseProgress, OptimiseReport, OptimiseStage } from '$lib/bindings';
import { count, number, type Locale } from '$features/stats/format';

const STAGES: OptimiseStage[] = ['reading', 'training', 'evaluating', 'applying'];
const names: Record<OptimiseStage, string> = {
  reading: 'Reading your reviews',
  training: 'Fitting the weights',
  evaluating: 'Comparing on reviews that were held out',
  applying: 'Bringing your cards in line',
};

export function stageWords(progress: OptimiseProgress | null): string {
  if (!progress) return 'Starting';
  return `Step ${STAGES.indexOf(progress.stage) + 1} of ${STAGES.length}: ${names[progress.stage]}`;
}

/** Time passed, as a clock: "0:07", "12:30". */
export const passed = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};

/** Usable reviews that the smallest fitting needs, and those from which all weights are fitted. */
const LEAST = 8;
const FOR_ALL = 64;

export function resultWords(report: OptimiseReport, locale?: Locale): { title: string; text: string } {
  const used = count(report.trainingReviews, 'review', locale);
  const partly = report.onlyInitial ? ` With fewer than ${FOR_ALL} usable reviews only the first intervals were fitted.` : '';
  switch (report.outcome) {
    case 'too_few':
      return { title: 'Too few reviews yet', text: `Fitting needs at least ${LEAST} reviews of cards that came back on a later day; a few hundred do it well. The weights stay as they are.` };
    case 'kept':
      return { title: 'Your weights stay', text: `New ones were fitted to ${used} but predicted the held-out reviews no better than those in use, so nothing has changed.${partly}` };
    case 'improved':
      return { title: 'New weights are in use', text: `They were fitted to ${used} and predict reviews that they have not seen better than before. They count from each card’s next review on.${partly}` };
  }
}

export type Comparison = { name: string; means: string; before: string; after: string; better: boolean };

export function comparisons(before: Fit | null, after: Fit | null, locale?: Locale): Comparison[] {
  if (!before || !after) return [];
  const points = (value: number) => `${number(100 * value, 2, locale)} points`;
  const nats = (value: number) => number(value, 4, locale);
  return [
    { name: 'Log-loss', means: 'How surprising your answers were; 0 is no surprise', before: nats(before.logLoss), after: nats(after.logLoss), better: after.logLoss < before.logLoss },
    { name: 'RMSE', means: 'How far predicted recall lies from actual', before: points(before.rmse), after: points(after.rmse), better: after.rmse < before.rmse },
  ];
}
