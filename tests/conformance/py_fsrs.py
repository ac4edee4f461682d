"""Replays histories through py-fsrs: JSON lines in, for each a JSON line with stability, difficulty and days of each review."""

import json
import sys
from datetime import datetime, timedelta, timezone

from fsrs import Card, Rating, Scheduler

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

for line in sys.stdin:
    history = json.loads(line)
    scheduler = Scheduler(
        parameters=history["weights"],
        desired_retention=history["desired_retention"],
        learning_steps=[timedelta(milliseconds=step) for step in history["learning_steps"]],
        relearning_steps=[timedelta(milliseconds=step) for step in history["relearning_steps"]],
        maximum_interval=history["maximum_interval_days"],
        enable_fuzzing=False,
    )
    card, states = Card(card_id=1), []
    for review in history["reviews"]:
        at = EPOCH + timedelta(milliseconds=review["at"])
        card, _ = scheduler.review_card(card, Rating(review["rating"]), at)
        states.append([card.stability, card.difficulty, (card.due - at).days])
    print(json.dumps(states))
