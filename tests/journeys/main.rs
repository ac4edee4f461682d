//! Through the real program: its window as a person meets it, and the border that its interface is compiled against.

#![allow(clippy::unwrap_used, reason = "in a test, an unexpected state should end it")]

mod bindings;
mod border;
#[cfg(target_os = "linux")]
mod chatting;
#[cfg(target_os = "linux")]
mod hostile;
#[cfg(target_os = "linux")]
mod learning;
#[cfg(target_os = "linux")]
mod reviewing;
#[cfg(target_os = "linux")]
mod second_start;
