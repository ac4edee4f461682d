//! `cargo xtask fuzz`: the parsers of streams and drafts under libFuzzer, one after the other.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use anyhow::{Context, Result, bail};

use crate::{run, venv};

const CARGO_FUZZ: &str = "0.13.2";
const TARGETS: [&str; 3] = ["ollama_stream", "claude_stream", "draft_json"];
const SECONDS: u32 = 600;

pub fn run(args: &[String]) -> Result<ExitCode> {
    let seconds = match args {
        [] => SECONDS,
        [seconds] => seconds.parse().context("how many seconds? For example: cargo xtask fuzz -- 60")?,
        _ => bail!("fuzz takes a number of seconds"),
    };
    nightly()?;
    let tool = installed()?;
    let work = venv::target()?.join("fuzz");
    for target in TARGETS {
        // What is found goes to the target directory: the kept corpus is small and chosen.
        let corpus = work.join("corpus").join(target);
        fs::create_dir_all(&corpus).with_context(|| corpus.display().to_string())?;
        let kept = run::root().join("fuzz/corpus").join(target);
        run::step(&format!("Fuzzing {target} for {seconds} s"), || {
            let mut fuzz = cargo_nightly(&tool);
            fuzz.args(["fuzz", "run", "--fuzz-dir", "fuzz", "--target-dir"])
                .arg(&work)
                .arg(target)
                .arg(&corpus)
                .arg(&kept);
            fuzz.args([
                "--",
                "-dict=fuzz/protocol.dict",
                "-timeout=10",
                "-rss_limit_mb=1024",
                "-max_len=8192",
                "-print_final_stats=1",
            ]);
            run::check(fuzz.arg(format!("-max_total_time={seconds}")))
        })?;
    }
    println!("Nothing was found. To keep what is new: cargo +nightly fuzz cmin, then the smallest into fuzz/corpus.");
    Ok(ExitCode::SUCCESS)
}

/// The sanitizers need it; the program itself is built with the stable one.
fn nightly() -> Result<()> {
    let mut rustc = run::command("rustup");
    let found = run::output(rustc.args(["run", "nightly", "rustc", "--version"]));
    if found.is_none() {
        bail!(
            "Fuzzing needs Rust's nightly toolchain. Get it with: rustup toolchain install nightly --profile minimal"
        );
    }
    Ok(())
}

/// The folder of cargo-fuzz's program, in the target directory; compiled when it is not there.
fn installed() -> Result<PathBuf> {
    let root = venv::target()?.join(format!("cargo-fuzz-{CARGO_FUZZ}"));
    let bin = root.join("bin");
    if !bin.join("cargo-fuzz").exists() {
        run::step("Installing cargo-fuzz", || {
            let mut install = run::cargo(&["install", "cargo-fuzz", "--locked", "--version", CARGO_FUZZ, "--root"]);
            run::check(install.arg(&root))
        })?;
    }
    Ok(bin)
}

/// Cargo of the nightly toolchain, which finds cargo-fuzz.
fn cargo_nightly(tool: &Path) -> Command {
    let mut cargo = run::command("rustup");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(tool.to_owned()).chain(std::env::split_paths(&path));
    if let Ok(joined) = std::env::join_paths(paths) {
        cargo.env("PATH", joined);
    }
    // Set by the `cargo run` that started this program: it would force the stable toolchain again.
    cargo.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO").args(["run", "nightly", "cargo"]);
    cargo
}
