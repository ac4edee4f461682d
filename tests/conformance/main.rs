//! The same random reviews through our scheduler, py-fsrs and ts-fsrs; the largest differences, one JSON object a line.
//!
//! `conformance PYTHON NPM_FOLDER`: a Python that has py-fsrs, a folder in which ts-fsrs is installed. It fails when a
//! difference exceeds its tolerance. Fuzz is off, and the steps are the same everywhere.
#![allow(clippy::unwrap_used, reason = "a comparison that cannot go on should stop where it is")]

mod compare;
mod histories;

use std::{
    ffi::OsString,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

use compare::{Outcome, State};
use histories::History;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let [python, npm_folder] = arguments.as_slice() else {
        eprintln!("conformance PYTHON NPM_FOLDER; cargo xtask conformance prepares both");
        return ExitCode::from(2);
    };
    let histories = histories::random();
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
    let mut py_fsrs = Command::new(PathBuf::from(python));
    py_fsrs.arg(here.join("py_fsrs.py"));
    let mut ts_fsrs = Command::new("node");
    ts_fsrs.arg(here.join("ts_fsrs.mjs")).current_dir(npm_folder);
    let outcomes = [("py-fsrs", py_fsrs), ("ts-fsrs", ts_fsrs)].map(|(name, mut program)| {
        let theirs = replay(&mut program, &histories);
        let outcome = Outcome::of(&histories, &theirs);
        println!("{}", outcome.line(name));
        outcome
    });
    if outcomes.iter().all(Outcome::is_within_tolerance) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What `program` makes of each history, review for review.
fn replay(program: &mut Command, histories: &[History]) -> Vec<Vec<State>> {
    let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let lines: Vec<String> = histories.iter().map(|history| history.line().to_string()).collect();
    let writer = std::thread::spawn(move || lines.iter().for_each(|line| writeln!(input, "{line}").unwrap()));
    let answers = BufReader::new(child.stdout.take().unwrap()).lines();
    let states: Vec<Vec<State>> = answers.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    writer.join().unwrap();
    assert!(child.wait().unwrap().success(), "{program:?} failed");
    assert_eq!(states.len(), histories.len(), "{program:?} answered for some histories only");
    states
}
