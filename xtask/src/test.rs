//! `cargo xtask test`: every check there is, summed up in one line.

use std::process::ExitCode;

use anyhow::Result;

use crate::{interface, packages, postgres, run, tally::Tally};

/// With a filter, only the Rust tests whose names contain it: the rest takes no filter and would only be in the way.
pub fn run(filter: &[String]) -> Result<ExitCode> {
    let mut tally = Tally::default();
    // What stops everything is one failure more, and told like the others.
    let outcome = everything(&mut tally, filter);
    tally.add_step(outcome);
    println!("{} passed, {} failed", tally.passed, tally.failed);
    Ok(if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn everything(tally: &mut Tally, filter: &[String]) -> Result<()> {
    packages::prepare(packages::Need::Everything)?;
    let runtime = postgres::prepare()?;
    interface::install("ui")?;
    interface::install("tests/clients")?;
    if filter.is_empty() {
        interface_tests(tally)?;
    }
    // The tests of the window need it inside the program.
    interface::build()?;
    build()?;
    rust_tests(tally, &runtime, filter)
}

fn interface_tests(tally: &mut Tally) -> Result<()> {
    tally.add_step(interface::check());
    run::step("Testing the interface", || tally.add_tests(&mut interface::tests()))
}

/// The program itself too, which the tests of the window start, and the bench, which nothing else would compile.
fn build() -> Result<()> {
    let everything = ["build", "--workspace", "--exclude", "xtask", "--lib", "--bins", "--tests", "--examples"];
    run::step("Building the program and its tests", || run::check(&mut run::cargo(&everything)))
}

fn rust_tests(tally: &mut Tally, runtime: &postgres::Runtime, filter: &[String]) -> Result<()> {
    run::step("Testing xtask, the core and the window", || {
        let mut own = run::cargo(&["test", "--quiet", "--package", "xtask"]);
        tally.add_tests(own.arg("--").args(filter))?;
        let mut all = run::cargo(&["test", "--workspace", "--exclude", "xtask", "--tests", "--no-fail-fast"]);
        tally.add_tests(runtime.point(&mut all).arg("--").args(filter))
    })
}
