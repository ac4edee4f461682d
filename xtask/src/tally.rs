//! How many tests passed and failed, read from what the test runners print.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use anyhow::{Context, Result};

use crate::run;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// A step that is no test runner: silent when it is fine, a failure when it is not.
    pub fn add_step(&mut self, outcome: Result<()>) {
        if let Err(error) = outcome {
            eprintln!("{error:#}");
            self.failed += 1;
        }
    }

    /// Runs tests, shows what they print, and counts. A runner that fails without saying so (it crashed, or did not
    /// compile) is one failure.
    pub fn add_tests(&mut self, runner: &mut Command) -> Result<()> {
        let line = run::line(runner);
        let mut child =
            runner.stdout(Stdio::piped()).spawn().with_context(|| format!("`{line}` could not be started"))?;
        let mut tally = Self::default();
        for line in BufReader::new(child.stdout.take().context("no output")?).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            println!("{line}");
            tally.add(summary(&line).unwrap_or_default());
        }
        let status = child.wait()?;
        if !status.success() && tally.failed == 0 {
            eprintln!("`{line}` ended with {status}");
            tally.failed = 1;
        }
        self.add(tally);
        Ok(())
    }
}

/// Reads `test result: FAILED. 3 passed; 1 failed; …` (libtest) and `Tests  1 failed | 10 passed (11)` (vitest).
fn summary(line: &str) -> Option<Tally> {
    let line = line.trim();
    let counts = line.strip_prefix("test result: ").or_else(|| line.strip_prefix("Tests  "))?;
    let of = |what: &str| {
        let words: Vec<&str> = counts.split([' ', ';', '|', '.']).filter(|word| !word.is_empty()).collect();
        words.windows(2).find(|pair| pair[1] == what).and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
    };
    Some(Tally { passed: of("passed"), failed: of("failed") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_runners() {
        let cargo =
            "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s";
        assert_eq!(summary(cargo), Some(Tally { passed: 12, failed: 3 }));
        assert_eq!(
            summary("      Tests  2 failed | 10 passed | 1 skipped (13)"),
            Some(Tally { passed: 10, failed: 2 })
        );
        assert_eq!(summary("      Tests  7 passed (7)"), Some(Tally { passed: 7, failed: 0 }));
        assert_eq!(summary(" Test Files  1 passed (1)"), None);
        assert_eq!(summary("test result_of_something ... ok"), None);
    }

    #[test]
    fn a_runner_that_dies_silently_is_a_failure() {
        let mut tally = Tally::default();
        let program = std::env::current_exe().expect("this test is a program");
        tally.add_tests(Command::new(program).arg("--no-such-option")).expect("it starts");
        assert_eq!(tally, Tally { passed: 0, failed: 1 });
    }
}
