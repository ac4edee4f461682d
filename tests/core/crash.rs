//! A program that rates cards is killed with SIGKILL at random moments, flushes and compactions included. Each
//! acknowledged rating is there exactly once afterwards, and the schedules are what replaying the log gives.
#![cfg(unix)]

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use jiff::tz::TimeZone;
use memoryloop_core::{
    ids::CardId,
    lance,
    learning::{Learning, LearningOptions},
    review::{Rating, ReviewLog, Schedule, StudyStep, schedule::Scheduler},
    time::UnixMillis,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use support::{
    clock::TestClock,
    learning::{card, options},
};

const DIRECTORY: &str = "MEMORYLOOP_CRASH_DIRECTORY";
const SEED: &str = "MEMORYLOOP_CRASH_SEED";
const CARDS: usize = 30;

/// Flushes after a few ratings, compacts after a few flushes, prunes at once: a kill finds one of them under way.
fn hasty() -> LearningOptions {
    keeping(Duration::ZERO)
}

/// For looking at what is there: as hasty, but what is being read is not pruned meanwhile.
fn looking() -> LearningOptions {
    keeping(lance::Options::default().keep_versions)
}

fn keeping(keep_versions: Duration) -> LearningOptions {
    options(lance::Options {
        flush_entries: 5,
        flush_after: Duration::from_millis(40),
        compact_after: 3,
        keep_versions,
    })
}

/// What the killed program runs: rates until it is killed, and says of each rating that it was acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child process of the tests below"]
async fn child() {
    let directory = PathBuf::from(std::env::var(DIRECTORY).expect("run by the tests below"));
    let seed: u64 = std::env::var(SEED).unwrap().parse().unwrap();
    let mut random = StdRng::seed_from_u64(seed);
    // Each run begins later than the one before ended.
    let clock = TestClock::at(TestClock::NOON.plus(i64::try_from(seed % 10_000).unwrap() * 200 * UnixMillis::DAY));
    let learning = Learning::open(&directory, hasty(), clock.clone()).await.unwrap();
    let mut step = learning.start_study(None).await.unwrap().step;
    let mut reps: HashMap<CardId, u32> = HashMap::new();
    loop {
        let StudyStep::Card { card } = step else {
            clock.advance(UnixMillis::DAY);
            step = learning.start_study(None).await.unwrap().step;
            continue;
        };
        let rating = Rating::ALL[random.random_range(0..4)];
        let id = card.card.id;
        let before = match reps.get(&id) {
            Some(&before) => before,
            // No old version is kept here, so its files may go while it is read.
            None => loop {
                if let Ok(info) = learning.card_info(id).await {
                    break info.reps;
                }
            },
        };
        reps.insert(id, before + 1);
        step = learning.rate_card(card.card.id, card.revision, rating, 10).await.unwrap().step;
        println!("rated {id} {before}");
        std::io::stdout().flush().unwrap();
        clock.advance(random.random_range(0..UnixMillis::DAY / 8));
    }
}

/// Kills the child when dropped, so that a failed assertion leaves nothing behind.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs the child for `life` and gives the ratings that it acknowledged.
fn run_and_kill(directory: &Path, seed: u64, life: Duration) -> Vec<(CardId, u32)> {
    let mut child = Killed(
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child", "--ignored", "--nocapture"])
            .env(DIRECTORY, directory)
            .env(SEED, seed.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let output = child.0.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        BufReader::new(output).lines().map_while(Result::ok).filter_map(|line| acknowledged(&line)).collect()
    });
    std::thread::sleep(life);
    let ended = child.0.try_wait().unwrap();
    let mut errors = String::new();
    if ended.is_some() {
        child.0.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    }
    drop(child);
    assert_eq!(ended, None, "the child ended by itself: {errors}");
    reader.join().unwrap()
}

/// A line that was cut off by the kill says nothing: its rating counts as not acknowledged.
fn acknowledged(line: &str) -> Option<(CardId, u32)> {
    let mut words = line.split(' ');
    // The harness writes its own text before the first line.
    words.by_ref().find(|word| word.ends_with("rated"))?;
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

async fn survives(first_seed: u64, rounds: u64) {
    let directory = tempfile::tempdir().unwrap();
    let clock = TestClock::at_noon();
    let learning = Learning::open(directory.path(), hasty(), clock.clone()).await.unwrap();
    learning.add_cards((0..CARDS).map(|n| card(&format!("Q{n}"), "A")).collect()).await.unwrap();
    learning.close().await.unwrap();
    drop(learning);
    let mut random = StdRng::seed_from_u64(first_seed);
    let (mut known, mut total): (HashMap<(CardId, u32), ReviewLog>, usize) = (HashMap::new(), 0);
    for round in 0..rounds {
        let life = Duration::from_millis(random.random_range(40..450));
        let rated = run_and_kill(directory.path(), first_seed + round + 1, life);
        total += rated.len();
        let learning = Learning::open(directory.path(), looking(), clock.clone()).await.unwrap();
        let logs = learning.store().reviews_since(UnixMillis(0)).await.unwrap();
        let there = by_rating(&logs);
        for key in rated.iter().chain(known.keys()) {
            assert!(there.contains_key(key), "round {round}: the acknowledged rating {key:?} is lost");
        }
        // At most the one rating that was being acknowledged when the kill came.
        assert!(there.len() <= known.len() + rated.len() + 1, "round {round}: {} ratings too many", there.len());
        check_schedules(&logs);
        check_same(&learning, &logs).await;
        learning.close().await.unwrap();
        known = there;
    }
    assert!(
        total as u64 > rounds,
        "only {total} ratings in {rounds} rounds: the kills came too early to test anything"
    );
}

fn by_rating(logs: &[ReviewLog]) -> HashMap<(CardId, u32), ReviewLog> {
    let map: HashMap<_, _> = logs.iter().map(|log| ((log.card, log.before.reps), log.clone())).collect();
    assert_eq!(map.len(), logs.len(), "a rating is there twice");
    map
}

/// Replays each card's log from its first review: what the log says must be what scheduling gives.
fn check_schedules(logs: &[ReviewLog]) {
    let scheduler = Scheduler::new((&hasty().review).into(), TimeZone::UTC).unwrap();
    let mut sorted: Vec<_> = logs.iter().collect();
    sorted.sort_by_key(|log| (log.card, log.before.reps));
    let mut previous: Option<(CardId, Schedule)> = None;
    for log in sorted {
        let before = previous
            .filter(|(card, _)| *card == log.card)
            .map_or_else(|| Schedule::new(log.before.created_at, log.before.due), |(_, after)| after);
        assert_eq!(log.before, before);
        let after = *scheduler.preview(log.card, &before, log.reviewed_at).unwrap().get(log.rating.unwrap());
        assert_eq!(log.after, after);
        previous = Some((log.card, after));
    }
}

/// The schedules that are studied by are those that the log ends with.
async fn check_same(learning: &Learning, logs: &[ReviewLog]) {
    let mut last: HashMap<CardId, &ReviewLog> = HashMap::new();
    for log in logs {
        let entry = last.entry(log.card).or_insert(log);
        if log.before.reps > entry.before.reps {
            *entry = log;
        }
    }
    let page = learning.list_cards("", None, None, 200).await.unwrap();
    assert_eq!(page.rows.len(), CARDS);
    for row in page.rows {
        if let Some(log) = last.get(&row.card.id) {
            assert_eq!((row.state, row.due), (log.after.state, log.after.due), "{}", row.card.id);
        }
    }
}

// Two hundred kills and some, in parts that run beside each other.

#[tokio::test]
async fn every_acknowledged_rating_survives_kills_first_part() {
    survives(1, 105).await;
}

#[tokio::test]
async fn every_acknowledged_rating_survives_kills_second_part() {
    survives(10_001, 105).await;
}
