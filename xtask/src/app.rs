//! `cargo xtask app`: from a clone to the open window.

use std::{
    path::Path,
    process::{Command, ExitCode},
};

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
    println!("MemoryLoop is starting. Close its window, or press Ctrl+C here, to end it.");
    if display::is_missing() { on_a_virtual_screen(&mut program) } else { run::replace_by(&mut program) }
}

fn on_a_virtual_screen(program: &mut Command) -> Result<ExitCode> {
    let screen = Screen::start()?;
    println!("There is no display here: its window is on a virtual screen, {}.", screen.name);
    let status = program.env("DISPLAY", &screen.name).status();
    Ok(run::exit_code(status.with_context(|| format!("{} could not be started", run::line(program)))?))
}

/// Always the whole workspace, so that `app`, `test` and `bench` agree on the features of every dependency and none
/// compiles the others' again. Not xtask: Windows does not replace a program that is running.
fn build() -> Result<()> {
    let mut cargo = run::cargo(&["build", "--workspace", "--exclude", "xtask", "--lib", "--bins"]);
    let first = !Path::new(run::built("memoryloop")?.get_program()).exists();
    let patience = if first { " (the first time this takes about 35 minutes on two cores)" } else { "" };
    run::step(&format!("Building MemoryLoop{patience}"), || run::check(&mut cargo))
}
