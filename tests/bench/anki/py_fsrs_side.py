"""Fits FSRS's weights with py-fsrs's own optimiser (PyPI `fsrs[optimizer]`, on PyTorch) and prints what it took.

    py_fsrs_side.py LOG     LOG: card, milliseconds, rating (1 to 4), tab-separated
"""

import json
import sys
import time
from datetime import datetime, timezone

from fsrs import Optimizer, Rating, ReviewLog


def review(line):
    card, at, rating = line.split("\t")
    when = datetime.fromtimestamp(int(at) / 1_000, timezone.utc)
    return ReviewLog(card_id=int(card), rating=Rating(int(rating)), review_datetime=when, review_duration=None)


def main():
    with open(sys.argv[1]) as file:
        logs = [review(line) for line in file]
    started = time.perf_counter()
    weights = Optimizer(logs).compute_optimal_parameters()
    ms = (time.perf_counter() - started) * 1_000
    assert len(weights) == 21, f"{len(weights)} weights: not FSRS-6"
    print(json.dumps({"name": "optimise", "unit": "ms", "samples": [ms]}))


if __name__ == "__main__":
    main()
