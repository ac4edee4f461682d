//! `cargo xtask app`: from a clone to the open window.

use std::{path::Path, process::ExitCode};

use anyhow::{Context, Result};

use crate::{
    display::{self, Screen},
    interface, packages, postgres, run,
};

pub fn run(args: &[String]) -> Result<ExitCode> {
    packages::prepare(packages::Need::App)?;
    let runtime = postgres::prepare()?;
    interface::build()?;
    build()?;
    let mut program = run::built("memoryloop")?;
    runtime.point(&mut program).args(args);
    let screen = if display::is_missing() { Some(Screen::start()?) } else { None };
    if let Some(screen) = &screen {
        println!("There is no display here: the window opens on a virtual screen, {}.", screen.name);
        program.env("DISPLAY", &screen.name);
    }
    println!("MemoryLoop is running. Close its window, or press Ctrl+C here, to end it.");
    let status = program.status().with_context(|| format!("{} could not be started", run::line(&program)))?;
    Ok(run::exit_code(status))
}

/// Always the whole workspace, so that `app`, `test` and `bench` agree on the features of every dependency and none
/// compiles the others' again. Not xtask: Windows does not replace a program that is running.
fn build() -> Result<()> {
    let mut cargo = run::cargo(&["build", "--workspace", "--exclude", "xtask", "--lib", "--bins"]);
    let first = !Path::new(run::built("memoryloop")?.get_program()).exists();
    let patience = if first { " (the first time this takes about 20 minutes on two cores)" } else { "" };
    run::step(&format!("Building MemoryLoop{patience}"), || run::check(&mut cargo))
}
