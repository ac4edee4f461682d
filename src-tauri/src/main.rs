//! The program. Everything is in the library, where tests reach it.

#![cfg_attr(windows, windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    memoryloop::run()
}
