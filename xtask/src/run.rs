//! Runs other programs: says what it does, how long a long step took, and what to do when a program is missing.

use std::{
    env, io,
    path::PathBuf,
    process::{Command, ExitCode, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

/// The repository: xtask lies in a folder of it.
pub fn root() -> PathBuf {
    let xtask =
        PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()));
    xtask.parent().map_or_else(|| xtask.clone(), PathBuf::from)
}

/// Announces a long step and tells at its end what it took.
pub fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("==> {what}");
    let start = Instant::now();
    let outcome = work().with_context(|| format!("{what}: this did not work"));
    let verdict = if outcome.is_ok() { "done" } else { "failed" };
    println!("    {verdict} in {}", spoken(start.elapsed()));
    outcome
}

fn spoken(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..10 => format!("{seconds}.{} s", time.subsec_millis() / 100),
        seconds @ 10..120 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// A command to be run from the repository's root. On Windows, npm is a script and needs its interpreter.
pub fn command(program: &str) -> Command {
    let mut command = if cfg!(windows) && program == "npm" {
        let mut shell = Command::new("cmd");
        shell.args(["/C", "npm"]);
        shell
    } else {
        Command::new(program)
    };
    command.current_dir(root());
    command
}

/// Cargo as it would run from a shell. This program is started by `cargo run`, which sets variables that build scripts
/// (ring's, for one) watch: left in place, each change between xtask and a plain cargo would compile hundreds of crates.
pub fn cargo(args: &[&str]) -> Command {
    let mut cargo = command(&env::var("CARGO").unwrap_or_else(|_| "cargo".into()));
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let of_this_package = ["CARGO_PKG_", "CARGO_BIN_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_PRIMARY_"];
        if text == "OUT_DIR" || of_this_package.iter().any(|prefix| text.starts_with(prefix)) {
            cargo.env_remove(&name);
        }
    }
    cargo.args(args);
    cargo
}

/// Runs to the end; an exit code other than 0 is an error.
pub fn check(command: &mut Command) -> Result<()> {
    let line = line(command);
    let status = command.status().with_context(|| missing(command))?;
    if !status.success() {
        bail!("`{line}` ended with {status}");
    }
    Ok(())
}

/// What a program prints, or nothing when it is missing or fails.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_string())
}

/// A program that this workspace has built, beside xtask itself: right whatever CARGO_TARGET_DIR or the profile is.
pub fn built(name: &str) -> Result<Command> {
    let here = env::current_exe().context("where xtask was built is unknown")?;
    let folder = here.parent().context("xtask lies in no folder")?;
    Ok(Command::new(folder.join(format!("{name}{}", env::consts::EXE_SUFFIX))))
}

/// Becomes `program`, so that signals are its own and nothing stands between it and the terminal; elsewhere waits for it.
pub fn replace_by(program: &mut Command) -> Result<ExitCode> {
    #[cfg(unix)]
    let outcome: io::Result<ExitStatus> = Err(std::os::unix::process::CommandExt::exec(program));
    #[cfg(not(unix))]
    let outcome = program.status();
    Ok(exit_code(outcome.with_context(|| format!("{} could not be started", line(program)))?))
}

/// The exit code of a program that was run for the person; one killed by a signal counts as failed.
pub fn exit_code(status: ExitStatus) -> ExitCode {
    status.code().map_or(ExitCode::FAILURE, |code| ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

pub fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

fn missing(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    match program.as_ref() {
        "npm" => "npm was not found. Install Node.js 20 or later and try again.".into(),
        "sudo" => "sudo was not found. Install what is named above as root and try again.".into(),
        _ => format!("{program} could not be started"),
    }
}

/// Reads a file that may not be there.
pub fn read_if_there(path: &std::path::Path) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}
