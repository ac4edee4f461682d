//! Runs both sides, one after the other, and sets their figures side by side.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

use crate::{
    Wanted,
    data::{self, Amount},
    measure::{Series, round},
    optimise,
};

/// Anki's side and ours take turns in going first, so that neither has the warmer machine.
const ROUNDS: usize = 2;

/// Ours divided by Anki's at most, for what a person waits for or pays with memory; none where it is only worth knowing.
/// The suffix says how many reviews of history there are.
const TARGETS: [(&str, Option<f64>); 13] = [
    ("import_cards", Some(1.0)),
    ("peak_memory_import", Some(1.0)),
    ("next_card_at_500", Some(1.0)),
    ("rate_durable_at_500", Some(1.0)),
    ("list_due_at_500", Some(1.0)),
    ("text_search_at_500", Some(1.0)),
    ("peak_memory_at_500", Some(1.0)),
    ("next_card", Some(1.0)),
    ("rate_durable", Some(1.0)),
    ("list_due", Some(1.0)),
    ("text_search", Some(1.0)),
    ("peak_memory", Some(1.0)),
    ("open_to_first_card", None),
];

/// A rating costs what it costs, whatever the history.
const GROWTH: f64 = 1.2;

/// The whole page over the long history, ms.
const STATISTICS_MS: f64 = 300.0;

/// A longer gap between two frames, while an answer streams or one scrolls, is one that a person sees.
const FRAME_MS: f64 = 50.0;

pub struct Bench<'a> {
    pub wanted: &'a Wanted,
    pub small: bool,
    folder: PathBuf,
    ours: Vec<Series>,
    anki: Vec<Series>,
    /// Lines that a job prints for people, to come after the figures.
    remarks: Vec<String>,
    failed: bool,
}

pub fn run(wanted: &Wanted, amount: &Amount) -> ExitCode {
    // Beside the program, not in the system's folder for temporary files, which may lie in memory: nothing is durable there.
    let program = std::env::current_exe().unwrap();
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(program.parent().unwrap()).unwrap();
    let mut bench = Bench {
        wanted,
        small: wanted.small,
        folder: folder.path().to_owned(),
        ours: Vec::new(),
        anki: Vec::new(),
        remarks: Vec::new(),
        failed: false,
    };
    eprintln!("{} cards, {} reviews, in {}", amount.cards, amount.many, folder.path().display());
    if !wanted.streaming {
        bench.import(amount);
        bench.study(amount.few, "_at_500");
        bench.study(amount.many, "");
        bench.alone();
        optimise::compare(&mut bench, amount);
    }
    bench.streaming();
    bench.print();
    if bench.failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

impl Bench<'_> {
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn import(&mut self, amount: &Amount) {
        data::write_cards(&self.path("cards.tsv"), amount.cards);
        fs::write(self.path("queries.txt"), data::queries().join("\n")).unwrap();
        self.in_turns(
            |bench, n| bench.ours("import", &[&bench.path(&format!("ours-{n}"))], ""),
            |bench, n| {
                let collection = bench.path(&format!("anki-{n}"));
                fs::create_dir(&collection).unwrap();
                bench.anki("import", &[&bench.path("cards.tsv"), &collection.join("collection.anki2")], "");
            },
        );
        self.ours("vectors", &[&self.path("ours-0")], "");
    }

    /// The jobs of a sitting, after so many reviews of history.
    fn study(&mut self, reviews: usize, suffix: &str) {
        let (ours, anki) = (self.path(&format!("ours-after-{reviews}")), self.path(&format!("anki-after-{reviews}")));
        let (states, log) = (self.path("states.tsv"), self.path("reviews.tsv"));
        copy(&self.path("ours-0"), &ours);
        self.ours("history", &[&ours, Path::new(&reviews.to_string()), &states, &log], suffix);
        if self.wanted.anki.is_some() {
            copy(&self.path("anki-0"), &anki);
            self.anki("history", &[&anki.join("collection.anki2"), &states, &log], suffix);
        }
        for job in ["open", "study"] {
            self.in_turns(
                |bench, _| {
                    let fresh = bench.fresh(&ours);
                    bench.ours(job, &[&fresh], suffix);
                },
                |bench, _| {
                    let fresh = bench.fresh(&anki).join("collection.anki2");
                    let queries = bench.path("queries.txt");
                    let answers = bench.amount().answers.to_string();
                    let more: &[&Path] = if job == "study" { &[&queries, Path::new(&answers)] } else { &[] };
                    bench.anki(job, &[&[fresh.as_path()], more].concat(), suffix);
                },
            );
        }
        self.same_cards_are_due(suffix);
    }

    fn alone(&mut self) {
        let ours = self.path(&format!("ours-after-{}", self.amount().many));
        for job in ["alone", "files"] {
            let fresh = self.fresh(&ours);
            self.ours(job, &[&fresh], "");
        }
    }

    /// In the real window, where there is one to drive.
    fn streaming(&mut self) {
        if cfg!(target_os = "linux") {
            self.ours("streaming", &[], "");
        }
    }

    fn amount(&self) -> Amount {
        if self.small { Amount::SMALL } else { Amount::FULL }
    }

    fn in_turns(&mut self, ours: impl Fn(&mut Self, usize), anki: impl Fn(&mut Self, usize)) {
        for n in 0..ROUNDS {
            let ours_first = n % 2 == 0;
            for turn in [ours_first, !ours_first] {
                if turn {
                    ours(self, n);
                } else if self.wanted.anki.is_some() {
                    anki(self, n);
                }
            }
        }
    }

    /// A copy that may be written to, with nothing left to be written by the system when the clock runs.
    fn fresh(&self, prepared: &Path) -> PathBuf {
        let fresh = self.path("fresh");
        if fresh.exists() {
            fs::remove_dir_all(&fresh).unwrap();
        }
        copy(prepared, &fresh);
        #[cfg(unix)]
        rustix::fs::sync();
        fresh
    }

    fn ours(&mut self, job: &str, arguments: &[&Path], suffix: &str) {
        let size = if self.small { "small" } else { "full" };
        let mut program = Command::new(std::env::current_exe().unwrap());
        program.args(["--job", job, size]).args(arguments);
        let (series, ended_well) = self.measure(program, suffix);
        // Only a job that watches a bound may end with a verdict.
        assert!(ended_well || job == "files", "our {job} failed");
        self.failed |= !ended_well;
        add(&mut self.ours, series);
    }

    fn anki(&mut self, job: &str, arguments: &[&Path], suffix: &str) {
        let mut python = Command::new(self.wanted.anki.as_ref().unwrap());
        python.arg(script("anki_side.py")).arg(job).args(arguments);
        let (series, ended_well) = self.measure(python, suffix);
        assert!(ended_well, "Anki's {job} failed");
        add(&mut self.anki, series);
    }

    /// Runs a job to its end and reads what it measured.
    pub fn measure(&mut self, mut job: Command, suffix: &str) -> (Vec<Series>, bool) {
        let output = job.stderr(Stdio::inherit()).output().unwrap();
        let mut measured = Vec::new();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            match serde_json::from_str::<Series>(line) {
                Ok(series) => measured.push(Series { name: format!("{}{suffix}", series.name), ..series }),
                Err(_) => self.remarks.push(line.to_owned()),
            }
        }
        (measured, output.status.success())
    }

    pub fn remark(&mut self, line: &serde_json::Value) {
        self.remarks.push(line.to_string());
    }

    /// Else the two did not do the same work.
    fn same_cards_are_due(&mut self, suffix: &str) {
        let due = format!("due{suffix}");
        let (ours, anki) = (take(&mut self.ours, &due), take(&mut self.anki, &due));
        if let Some(anki) = anki {
            assert_eq!(ours.map(|due| due.median()), Some(anki.median()), "cards due, ours and Anki's");
        }
    }

    fn print(&self) {
        self.ours.iter().for_each(|series| series.print("ours"));
        self.anki.iter().for_each(|series| series.print("anki"));
        for (name, target) in TARGETS {
            let (Some(ours), Some(anki)) = (find(&self.ours, name), find(&self.anki, name)) else { continue };
            let ratio = ours.median() / anki.median();
            let (ours, anki) = (round(ours.median()), round(anki.median()));
            let mut line = serde_json::json!({ "name": name, "ours": ours, "anki": anki, "ratio": round(ratio) });
            if let Some(target) = target {
                line["target"] = target.into();
                line["met"] = (ratio <= target).into();
            }
            println!("{line}");
        }
        let at = |name| find(&self.ours, name).map(Series::median);
        if let (Some(long), Some(short)) = (at("rate_durable"), at("rate_durable_at_500")) {
            bound("rating_500k_over_500", long / short, GROWTH);
        }
        let bounds = [
            ("statistics", STATISTICS_MS),
            ("streaming_longest_frame", FRAME_MS),
            ("scrolling_longest_frame", FRAME_MS),
            ("scrolling_jumps", 0.0),
        ];
        for (name, target) in bounds {
            if let Some(ours) = at(name) {
                bound(name, ours, target);
            }
        }
        self.remarks.iter().for_each(|line| println!("{line}"));
    }
}

fn bound(name: &str, ours: f64, target: f64) {
    println!("{}", serde_json::json!({ "name": name, "ours": round(ours), "target": target, "met": ours <= target }));
}

/// Beside this file.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/anki").join(name)
}

fn add(to: &mut Vec<Series>, measured: Vec<Series>) {
    for series in measured {
        match to.iter_mut().find(|other| other.name == series.name) {
            Some(other) => other.samples.extend(series.samples),
            None => to.push(series),
        }
    }
}

fn find<'a>(among: &'a [Series], name: &str) -> Option<&'a Series> {
    among.iter().find(|series| series.name == name)
}

fn take(from: &mut Vec<Series>, name: &str) -> Option<Series> {
    let place = from.iter().position(|series| series.name == name)?;
    Some(from.remove(place))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
