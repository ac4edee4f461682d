"""The same work as our side's, done by Anki's own library (PyPI `anki`), called as Anki's desktop program calls it.

Each command is a process of its own and prints one JSON object a line: {"name", "unit", "samples"}.

    anki_side.py import CARDS COLLECTION            a new collection from a file of questions and answers
    anki_side.py history COLLECTION STATES REVIEWS  prepare: what a person with this history has; prints nothing
    anki_side.py open COLLECTION                    from nothing open to the first card
    anki_side.py study COLLECTION QUERIES ANSWERS   the other jobs

Where the two programs cannot do quite the same, the choice favours Anki, and says so where it is made.
"""

import json
import resource
import sys
import time

from anki.collection import Collection, ImportCsvRequest
from anki.scheduler.v3 import CardAnswer

DAY_MS = 86_400_000
# Reviews a day: Anki's most, and ours.
LIMIT = 9_999


def emit(name, unit, samples):
    print(json.dumps({"name": name, "unit": unit, "samples": samples}), flush=True)


def timed(work):
    """What `work` gives, and the milliseconds that it took."""
    started = time.perf_counter()
    value = work()
    return value, (time.perf_counter() - started) * 1_000


def peak_mib():
    """Of this process alone: `ru_maxrss` counts its parent's memory from before the program was loaded too."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1_024
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1_048_576 if sys.platform == "darwin" else 1_024)


def import_cards(cards, path):
    """By Anki's importer of text files, about twice as quick as `add_notes`: one SQLite transaction, durable at its end."""
    col = Collection(path)
    col.set_config("fsrs", True)
    limits = col.decks.config_dict_for_deck_id(1)
    limits["new"]["perDay"], limits["rev"]["perDay"] = 0, LIMIT
    col.decks.update_config(limits)

    def work():
        return col.import_csv(ImportCsvRequest(path=cards, metadata=col.get_csv_metadata(cards, None)))

    _, ms = timed(work)
    with open(cards) as file:
        wanted = sum(not line.startswith("#") for line in file)
    assert col.card_count() == wanted, f"{col.card_count()} of {wanted} cards were imported"
    emit("import_cards", "ms", [ms])
    emit("peak_memory_import", "MiB", [peak_mib()])
    col.close()


def history(path, states, reviews):
    """Straight into the tables; the times in the files are relative to now, because Anki's clock is the machine's."""
    col = Collection(path)
    now = int(time.time() * 1_000)
    # A collection as old as its reviews, begun at the rollover.
    col.crt = col.crt - 800 * 86_400
    col.close()
    col = Collection(path)
    cards = col.db.list("select id from cards order by id")

    def state(line):
        card, stability, difficulty, due, last, interval, reps = line.split("\t")
        data = {"pos": int(card), "s": float(stability), "d": float(difficulty), "dr": 0.9, "decay": 0.1542}
        data["lrt"] = (now + int(last)) // 1_000
        values = [col.sched.today + int(due), int(interval), int(reps), json.dumps(data)]
        return [*values, cards[int(card)]]

    taken = set()

    def review(line):
        card, at, ease, interval, before = line.split("\t")
        # The time is Anki's key.
        at = now + int(at)
        while at in taken:
            at += 1
        taken.add(at)
        return [at, cards[int(card)], -1, int(ease), int(interval), int(before), 0, 4_000, 1]

    update = "update cards set type = 2, queue = 2, due = ?, ivl = ?, factor = 2500, reps = ?, data = ? where id = ?"

    def write():
        with open(states) as file:
            col.db.executemany(update, [state(line) for line in file])
        with open(reviews) as file:
            col.db.executemany("insert into revlog values (?, ?, ?, ?, ?, ?, ?, ?, ?)", [review(line) for line in file])

    col.db.transact(write)
    # What Anki's "Check Database" does too: the query planner's statistics are those of a collection in use.
    col.db.execute("analyze")
    col.close()


def open_to_first_card(path):
    def work():
        col = Collection(path)
        return col, col.sched.get_queued_cards()

    samples = []
    for _ in range(10):
        (col, first), ms = timed(work)
        assert first.cards, "no card is due"
        samples.append(ms)
        col.close()
    emit("open_to_first_card", "ms", samples)


def study(path, queries, answers):
    col = Collection(path)
    # Durable like ours: each answer is one SQLite commit in WAL mode with one fdatasync.
    assert (col.db.scalar("pragma journal_mode"), col.db.scalar("pragma synchronous")) == ("wal", 2)
    # Scheduling only: reading the note's texts, which our step has with it, is left out of Anki's.
    emit("next_card", "ms", [timed(col.sched.get_queued_cards)[1] for _ in range(1_000)])
    list_due(col)
    text_search(col, queries)
    emit("rate_durable", "ms", [answer(col) for _ in range(answers)])
    emit("peak_memory", "MiB", [peak_mib()])
    col.close()


def list_due(col):
    samples = []
    for _ in range(50):
        found, ms = timed(lambda: col.find_cards("is:due"))
        samples.append(ms)
    emit("list_due", "ms", samples)
    emit("due", "cards", [len(found)])


def text_search(col, queries):
    """Both words, as typed in its browser; ids alone, where ours come with the cards' texts."""
    with open(queries) as file:
        emit("text_search", "ms", [timed(lambda: col.find_cards(line.strip()))[1] for line in file])


def answer(col):
    """Milliseconds until the answer is stored and the next card is there; building it is left out."""
    queued = col.sched.get_queued_cards().cards[0]
    card = col.get_card(queued.card.id)
    card.start_timer()
    good = col.sched.build_answer(card=card, states=queued.states, rating=CardAnswer.GOOD)

    def work():
        col.sched.answer_card(good)
        return col.sched.get_queued_cards()

    return timed(work)[1]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["import", cards, collection]:
            import_cards(cards, collection)
        case ["history", collection, states, reviews]:
            history(collection, states, reviews)
        case ["open", collection]:
            open_to_first_card(collection)
        case ["study", collection, queries, answers]:
            study(collection, queries, int(answers))
        case _:
            sys.exit(__doc__)
