//! Scheduling against the numbers that the reference implementations publish in their own tests (numbers, no code):
//! fsrs-rs 6.6.2 (`src/model.rs`, `src/inference.rs`), py-fsrs 6.3.2 (`tests/test_basic.py`), ts-fsrs
//! (`packages/fsrs/__tests__`), and Anki 26.9.3 (`rslib/src/scheduler/states`, and its library with fuzz off).

use jiff::tz::TimeZone;
use memoryloop_core::{
    review::{
        CardState, Memory, Rating, Schedule,
        schedule::{Options, Preview, Scheduler, fuzz_bounds},
    },
    time::UnixMillis,
};
use support::clock::TestClock;

use super::scheduling::{DAY, MINUTE, card, exact, exactly, new_card, rate, scheduler};

/// fsrs-rs, `inference.rs`: the weights of its vectors, filled up from 19 as it does.
const OTHER_WEIGHTS: [f32; 21] = [
    0.684_542_2,
    1.679_082_5,
    4.734_942_4,
    10.042_885,
    7.441_023_3,
    0.642_197_97,
    1.071_918,
    0.002_519_525_4,
    1.432_437,
    0.1544,
    0.869_276_6,
    2.069_675_2,
    0.0953,
    0.2975,
    2.469_124_8,
    0.195_420_35,
    3.201_072,
    0.180_462_61,
    0.121_442_534,
    0.0,
    fsrs::FSRS5_DEFAULT_DECAY,
];

/// A card in review with this memory, last reviewed at noon.
fn remembered(stability: f32, difficulty: f32) -> Schedule {
    Schedule {
        state: CardState::Review,
        memory: Some(Memory { stability, difficulty }),
        last_review: Some(TestClock::NOON),
        interval_days: 5,
        reps: 5,
        ..new_card()
    }
}

fn stabilities(preview: &Preview) -> [f32; 4] {
    Rating::ALL.map(|rating| preview.get(rating).memory.unwrap().stability)
}

fn difficulties(preview: &Preview) -> [f32; 4] {
    Rating::ALL.map(|rating| preview.get(rating).memory.unwrap().difficulty)
}

/// Within 1 part in 10,000: the published figures carry an f32's noise of their own.
fn assert_close<const N: usize>(ours: [f32; N], published: [f32; N]) {
    for (a, b) in ours.iter().zip(published) {
        assert!((a - b).abs() <= 1e-4 * b.abs(), "{ours:?} is not {published:?}");
    }
}

fn after(scheduler: &Scheduler, history: &[(Rating, i64)]) -> Schedule {
    let mut now = TestClock::NOON;
    history.iter().fold(new_card(), |schedule, &(rating, gap)| {
        now = now.plus(gap * DAY);
        rate(scheduler, &schedule, rating, now)
    })
}

#[test]
fn first_ratings() {
    // ts-fsrs, FSRS-6.test.ts "first repeat"; fsrs-rs, the example of next_states.
    let preview = exact().preview(card(), &new_card(), TestClock::NOON).unwrap();
    assert_close(stabilities(&preview), [0.212, 1.2931, 2.3065, 8.2956]);
    assert_close(difficulties(&preview), [6.4133, 5.112_170_7, 2.118_104, 1.0]);
    assert_eq!(Rating::ALL.map(|rating| preview.get(rating).interval_days), [0, 0, 0, 8]);
    assert_eq!(preview.again.state, CardState::Learning);
    assert_eq!(preview.easy.state, CardState::Review);
}

#[test]
fn memory_without_short_term_weights() {
    // fsrs-rs, test_memory_state; ts-fsrs, "memory state[long-term]".
    let mut weights = fsrs::DEFAULT_PARAMETERS.to_vec();
    weights[17..20].fill(0.0);
    let scheduler = scheduler(Options { fuzz: false, weights, ..Options::default() });
    let good = |gap| (Rating::Good, gap);
    let memory = after(&scheduler, &[(Rating::Again, 0), good(0), good(1), good(3), good(8), good(21)]).memory.unwrap();
    assert_close([memory.stability, memory.difficulty], [53.335_106, 6.357_486_7]);
}

#[test]
fn the_four_next_states_of_a_reviewed_card() {
    // fsrs-rs, test_next_states and test_memo_state.
    let scheduler = scheduler(Options { fuzz: false, weights: OTHER_WEIGHTS.to_vec(), ..Options::default() });
    let good = |gap| (Rating::Good, gap);
    let schedule = after(&scheduler, &[(Rating::Again, 0), good(1), good(3), good(8)]);
    let preview = scheduler.preview(card(), &schedule, TestClock::NOON.plus((1 + 3 + 8 + 21) * DAY)).unwrap();
    assert_close(stabilities(&preview), [2.969_145_5, 17.091_452, 31.722_992, 71.7502]);
    assert_close(difficulties(&preview), [8.000_659, 7.691_393_4, 7.382_128, 7.072_862_6]);
    assert_eq!([preview.hard, preview.good, preview.easy].map(|next| next.interval_days), [17, 32, 72]);
}

#[test]
fn difficulty_and_stability_from_a_known_memory() {
    // fsrs-rs, test_next_difficulty and test_next_stability; ts-fsrs, algorithm.test.ts "next_ds".
    let scheduler = exact();
    let same_day = scheduler.preview(card(), &remembered(5.0, 5.0), TestClock::NOON.plus(MINUTE)).unwrap();
    assert_close(difficulties(&same_day), [8.341_763, 6.665_995_6, 4.990_228, 3.314_461_5]);
    assert_close(stabilities(&same_day), [1.596_818, 5.0, 5.0, 8.12961]);
    // After as many days as the stability says, recall is 90 %.
    let due = scheduler.preview(card(), &remembered(5.0, 1.0), TestClock::NOON.plus(5 * DAY)).unwrap();
    assert_close([due.again.memory.unwrap().stability], [1.052_539_6]);
}

#[test]
fn the_interval_of_one_day_of_stability_at_other_retentions() {
    // fsrs-rs, test_next_interval; ts-fsrs, "next_ivl". Hard leaves a stability of 1 as it is within a day.
    for (desired_retention, days) in [(0.7, 9), (0.8, 3), (0.9, 1)] {
        let scheduler = scheduler(Options { fuzz: false, desired_retention, ..Options::default() });
        let next = rate(&scheduler, &remembered(1.0, 5.0), Rating::Hard, TestClock::NOON.plus(MINUTE));
        assert_eq!((next.memory.unwrap().stability, next.interval_days), (1.0, days));
    }
}

#[test]
fn recall_falls_as_published() {
    // fsrs-rs, test_power_forgetting_curve and test_current_retrievability; ts-fsrs, "forgetting_curve".
    let recall = |stability, days, decay| {
        fsrs::current_retrievability(fsrs::MemoryState { stability, difficulty: 5.0 }, days, decay)
    };
    let curve = [(1.0, 0.0), (2.0, 1.0), (3.0, 2.0), (4.0, 3.0), (4.0, 4.0), (2.0, 5.0)];
    assert_close(
        curve.map(|(stability, days)| recall(stability, days, 0.1542)),
        [1.0, 0.940_344_3, 0.925_378_6, 0.918_522_9, 0.9, 0.826_135_9],
    );
    assert_close([0.0, 1.0, 2.0, 3.0].map(|days| recall(1.0, days, 0.1542)), [1.0, 0.9, 0.845_884_6, 0.809_388_1]);
    assert_close([0.0, 1.0, 2.0, 3.0].map(|days| recall(1.0, days, 0.2)), [1.0, 0.9, 0.840_289_35, 0.798_500_1]);
}

#[test]
fn easy_again_and_again_is_as_easy_as_can_be() {
    // py-fsrs, test_repeated_correct_reviews.
    assert_eq!(after(&exact(), &[(Rating::Easy, 0); 10]).memory.unwrap().difficulty, 1.0);
}

#[test]
fn stability_has_a_lower_bound() {
    // py-fsrs, test_stability_lower_bound.
    assert!(after(&exact(), &[(Rating::Again, 1); 1_000]).memory.unwrap().stability >= 0.001);
}

#[test]
fn hard_on_the_same_day_leaves_stability_alone() {
    // py-fsrs, test_same_day_hard_review_does_not_decrease_stability.
    let scheduler = exactly(&[], &[]);
    let learned = rate(&scheduler, &new_card(), Rating::Good, TestClock::NOON);
    let hard = rate(&scheduler, &learned, Rating::Hard, TestClock::NOON.plus(MINUTE));
    assert_eq!(hard.memory.unwrap().stability, learned.memory.unwrap().stability);
}

#[test]
fn study_days_between_reviews() {
    // ts-fsrs, elapsed_days.test.ts.
    let scheduler = exact();
    let times = [1_699_172_822_605, 1_699_455_729_791, 1_699_455_750_799, 1_699_455_848_739].map(UnixMillis);
    let ratings = [Rating::Good, Rating::Again, Rating::Again, Rating::Good];
    let mut schedule = new_card();
    let elapsed = std::array::from_fn::<_, 4, _>(|i| {
        let preview = scheduler.preview(card(), &schedule, times[i]).unwrap();
        schedule = *preview.get(ratings[i]);
        preview.elapsed_days
    });
    assert_eq!(elapsed, [0, 3, 0, 0]);
}

#[test]
fn the_range_of_fuzz() {
    // Anki, fuzz.rs: interval, minimum, maximum; lowest, highest.
    let published = [
        (1.0, 1, 1000, 1, 1),
        (2.49, 1, 1000, 2, 2),
        (2.5, 1, 1000, 2, 4),
        (7.0, 1, 1000, 5, 9),
        (17.0, 1, 1000, 14, 20),
        (37.0, 1, 1000, 33, 41),
        (2.0, 2, 1000, 2, 2),
        (2.0, 3, 1000, 3, 4),
        (2.0, 3, 3, 3, 3),
        (6.9, 3, 1000, 5, 9),
        (7.1, 3, 1000, 5, 9),
        (19.9, 3, 1000, 17, 23),
        (20.0, 3, 1000, 17, 23),
        (20.1, 3, 1000, 17, 23),
        (100.0, 101, 1000, 101, 108),
        (100.0, 1, 99, 92, 99),
        (100.0, 97, 103, 97, 103),
    ];
    for (interval, minimum, maximum, lowest, highest) in published {
        assert_eq!(fuzz_bounds(interval, minimum, maximum), (lowest, highest), "{interval} in {minimum} to {maximum}");
    }
    // A minimum above the maximum.
    assert_eq!(fuzz_bounds(1.0, 3, 2), (2, 2));
}

/// Again, Hard, Good, Easy as Anki 26.9.3's library gives them with FSRS on and fuzz off: steps in ms, else days.
#[test]
fn buttons_are_those_of_ankis_library() {
    const HOUR: i64 = 60 * MINUTE;
    let seconds = |seconds: i64| seconds * UnixMillis::SECOND;
    let in_steps = |state, stability, difficulty| Schedule {
        state,
        step: 1,
        memory: Some(Memory { stability, difficulty }),
        last_review: Some(TestClock::NOON.plus(-MINUTE)),
        ..new_card()
    };
    let review = |stability, difficulty| Schedule {
        last_review: Some(TestClock::NOON.plus(-10 * DAY)),
        interval_days: 10,
        ..remembered(stability, difficulty)
    };
    let (two, one, none) = (&[MINUTE, 10 * MINUTE][..], &[10 * MINUTE][..], &[][..]);
    let (new, learning, relearning) = (new_card(), CardState::Learning, CardState::Relearning);
    let cases = [
        (two, one, new, [MINUTE, seconds(330), 10 * MINUTE, 8 * DAY]),
        (two, one, in_steps(learning, 2.3, 2.1), [MINUTE, 10 * MINUTE, 2 * DAY, 4 * DAY]),
        (two, one, in_steps(learning, 0.3, 7.0), [MINUTE, 10 * MINUTE, DAY, 2 * DAY]),
        (two, one, review(10.0, 5.0), [10 * MINUTE, 23 * DAY, 32 * DAY, 51 * DAY]),
        (two, one, review(0.5, 9.0), [10 * MINUTE, 2 * DAY, 3 * DAY, 5 * DAY]),
        (two, one, in_steps(relearning, 0.3, 9.0), [10 * MINUTE, 15 * MINUTE, DAY, 2 * DAY]),
        (two, one, in_steps(relearning, 5.0, 5.0), [10 * MINUTE, 15 * MINUTE, 5 * DAY, 8 * DAY]),
        (one, none, new, [10 * MINUTE, 15 * MINUTE, 2 * DAY, 8 * DAY]),
        // Without steps FSRS's own intervals count, those under half a day within the day.
        (none, none, new, [seconds(18_316), DAY, 2 * DAY, 8 * DAY]),
        (none, none, in_steps(learning, 0.3, 7.0), [seconds(9_961), seconds(25_920), seconds(29_480), 2 * DAY]),
        (none, none, in_steps(relearning, 0.3, 9.0), [seconds(9_961), seconds(25_920), seconds(29_480), 2 * DAY]),
        (none, none, review(10.0, 5.0), [DAY, 23 * DAY, 32 * DAY, 51 * DAY]),
        (none, none, review(0.5, 9.0), [seconds(23_291), 2 * DAY, 3 * DAY, 5 * DAY]),
        // Where Anki gives Good what it gives Hard (5 days, 2 days), ours gives Good a day more.
        (none, none, in_steps(relearning, 5.0, 5.0), [2 * DAY, 5 * DAY, 6 * DAY, 8 * DAY]),
        (&[DAY][..], one, new, [DAY, 2 * DAY, 3 * DAY, 8 * DAY]),
        (&[10 * MINUTE, DAY][..], one, new, [10 * MINUTE, 12 * HOUR + 5 * MINUTE, DAY, 8 * DAY]),
        (two, &[DAY][..], in_steps(relearning, 5.0, 5.0), [DAY, 2 * DAY, 5 * DAY, 8 * DAY]),
    ];
    for (learning, relearning, schedule, anki) in cases {
        let i = exactly(learning, relearning).preview(card(), &schedule, TestClock::NOON).unwrap().intervals();
        assert_eq!([i.again, i.hard, i.good, i.easy], anki, "{learning:?} {relearning:?} {schedule:?}");
    }
}

#[test]
fn weights_of_other_versions_are_refused() {
    // fsrs-rs and ts-fsrs take 17 and 19 weights and fill up; py-fsrs refuses them (test_scheduler_parameter_validation).
    let refused = |weights: Vec<f32>| {
        let options = Options { weights, ..Options::default() };
        Scheduler::new(options, TimeZone::UTC).unwrap_err().to_string()
    };
    for count in [1, 17, 19, 20, 22, 34] {
        assert!(refused(vec![1.0; count]).contains(&format!("these are {count}")), "{}", refused(vec![1.0; count]));
    }
    for broken in [f32::NAN, f32::INFINITY] {
        let mut weights = fsrs::DEFAULT_PARAMETERS.to_vec();
        weights[20] = broken;
        assert!(refused(weights).contains("not a number"));
    }
}
