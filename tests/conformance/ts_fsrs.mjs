// Replays histories through ts-fsrs, which is in the folder that this is started in: JSON lines in, for each a JSON line
// with stability, difficulty and days of each review.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { createEmptyCard, fsrs } = createRequire(`${process.cwd()}/`)("ts-fsrs");

const minutes = (steps) => steps.map((step) => `${step / 60_000}m`);

for await (const line of createInterface({ input: process.stdin })) {
  const history = JSON.parse(line);
  const scheduler = fsrs({
    w: history.weights,
    request_retention: history.desired_retention,
    learning_steps: minutes(history.learning_steps),
    relearning_steps: minutes(history.relearning_steps),
    maximum_interval: history.maximum_interval_days,
    enable_fuzz: false,
    enable_short_term: true,
  });
  let card = createEmptyCard(new Date(history.reviews[0].at));
  const states = history.reviews.map(({ at, rating }) => {
    card = scheduler.next(card, new Date(at), rating).card;
    return [card.stability, card.difficulty, card.scheduled_days];
  });
  console.log(JSON.stringify(states));
}
