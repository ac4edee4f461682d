//! What the operating system must bring: the window's libraries, a compiler, protoc, and for tests a virtual screen.
//!
//! Debian and its relatives are prepared; elsewhere it says what is missing and how it is called there.

use std::path::Path;

use anyhow::{Result, bail};

use crate::{display, postgres, run, venv};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// To build, and to open the window here.
    App,
    /// As for tests, and an environment for Python packages.
    Bench,
    /// The tests' virtual screen and driver of the window too.
    Everything,
}

const BUILD: &[&str] = &[
    "libwebkit2gtk-4.1-dev",
    "libayatana-appindicator3-dev",
    "librsvg2-dev",
    "libxdo-dev",
    "build-essential",
    "pkg-config",
    "protobuf-compiler",
    // The types that every .proto file imports; only recommended by the compiler's package.
    "libprotobuf-dev",
];
const SCREEN: &str = "xvfb";
const DRIVER: &str = "webkit2gtk-driver";

pub fn prepare(need: Need) -> Result<()> {
    if cfg!(target_os = "linux") && Path::new("/etc/debian_version").exists() {
        debian(need)
    } else if cfg!(target_os = "linux") {
        report(&other_linux(need), LINUX_NAMES)
    } else if cfg!(target_os = "macos") {
        report(
            &missing_programs(&["clang", "protoc"]),
            "Install them with: xcode-select --install; brew install protobuf",
        )
    } else {
        report(
            &missing_programs(&["protoc"]),
            "Install it with: winget install Google.Protobuf, then open a new terminal.",
        )
    }
}

fn debian(need: Need) -> Result<()> {
    let mut wanted = BUILD.to_vec();
    if need != Need::App || display::is_missing() {
        wanted.push(SCREEN);
    }
    if need != Need::App {
        wanted.push(DRIVER);
    }
    let mut missing = not_installed(&wanted);
    if !postgres::is_ready() && postgres::pip_is_missing() {
        missing.push("python3-pip");
    }
    if need == Need::Bench && !venv::can_be_made() {
        missing.push("python3-venv");
    }
    if missing.is_empty() {
        return Ok(());
    }
    println!("Missing here: {}", missing.join(", "));
    run::step("Installing them with apt-get", || {
        run::check(apt().args(["update", "-q"]))?;
        run::check(apt().args(["install", "-q", "-y", "--no-install-recommends"]).args(&missing))
    })
}

/// Which of `wanted` dpkg does not have installed. One call for all: this runs at every start.
fn not_installed<'a>(wanted: &[&'a str]) -> Vec<&'a str> {
    let mut query = run::command("dpkg-query");
    query.args(["--show", "--showformat", "${Package} ${db:Status-Status}\\n"]).args(wanted);
    // It fails when one is unknown, and still lists the others.
    let listed = query.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let installed = |name: &&str| !listed.lines().any(|line| line == format!("{name} installed"));
    wanted.iter().copied().filter(installed).collect()
}

fn apt() -> std::process::Command {
    let quiet = "DEBIAN_FRONTEND=noninteractive";
    let (program, first): (_, &[&str]) =
        if postgres::is_root() { ("env", &[quiet, "apt-get"]) } else { ("sudo", &["env", quiet, "apt-get"]) };
    let mut apt = run::command(program);
    apt.args(first);
    apt
}

const LINUX_NAMES: &str = "Install them with your package manager, for instance
  Fedora: webkit2gtk4.1-devel libayatana-appindicator-gtk3-devel librsvg2-devel libxdo-devel gcc-c++ make
          pkgconf-pkg-config protobuf-compiler protobuf-devel xorg-x11-server-Xvfb
  Arch:   webkit2gtk-4.1 libayatana-appindicator librsvg xdotool base-devel protobuf xorg-server-xvfb";

fn other_linux(need: Need) -> Vec<&'static str> {
    let mut missing = missing_programs(&["cc", "c++", "pkg-config", "protoc"]);
    if need != Need::App {
        missing.extend(missing_programs(&["Xvfb", "WebKitWebDriver"]));
    } else if display::is_missing() {
        missing.extend(missing_programs(&["Xvfb"]));
    }
    let known = |library: &&str| run::output(run::command("pkg-config").args(["--modversion", library])).is_none();
    missing.extend(["webkit2gtk-4.1", "ayatana-appindicator3-0.1", "librsvg-2.0"].into_iter().filter(known));
    missing
}

fn missing_programs(names: &[&'static str]) -> Vec<&'static str> {
    let folders: Vec<_> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    let there = |name: &str| {
        (name == "protoc" && std::env::var_os("PROTOC").is_some())
            || folders.iter().any(|folder| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)).exists())
    };
    names.iter().copied().filter(|name| !there(name)).collect()
}

fn report(missing: &[&str], advice: &str) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    bail!("Missing here: {}\n{advice}", missing.join(", "))
}
