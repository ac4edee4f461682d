//! How WebKitGTK draws on a machine without a graphics card.
//!
//! It composites every frame with OpenGL, which without a card is the processor playing one: while an answer streamed, frames
//! came 55 ms apart and two thirds of the work was Mesa's llvmpipe. Without compositing they came 18 ms apart, for less work.
//! WebKitGTK reads the choice from its environment as it starts its processes, and changing the environment of a running
//! program is unsafe in Rust, so the program takes its own place once with the variable set.

use std::{env, ffi::OsStr, fs, os::unix::process::CommandExt, path::Path, process::Command};

/// Of WebKitGTK's (WebKit's wiki, "EnvironmentVariables"). Whoever sets it, to whatever, has chosen.
const VARIABLE: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";

/// What the drivers of cards show of themselves: Mesa's, NVIDIA's own, Arm's, Qualcomm's, and Windows' under WSL.
const DRIVERS: [(&str, &str); 5] = [("dri", "renderD"), ("", "nvidia"), ("", "mali"), ("", "kgsl"), ("", "dxg")];

/// Comes back when all is as it should be, or cannot be made so; else the program begins anew, as the same process.
pub fn choose() {
    if env::var_os(VARIABLE).is_some() || has_card(Path::new("/dev")) {
        return;
    }
    let Ok(program) = env::current_exe() else { return };
    let mut arguments = env::args_os();
    let name = arguments.next().unwrap_or_else(|| program.clone().into());
    // It only returns when it fails, and then frames are slower: no reason not to start.
    let _ = Command::new(program).arg0(name).args(arguments).env(VARIABLE, "1").exec();
}

fn has_card(devices: &Path) -> bool {
    DRIVERS.iter().any(|(folder, beginning)| {
        let entries = fs::read_dir(devices.join(folder)).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name()).any(|name| begins(&name, beginning))
    })
}

fn begins(name: &OsStr, beginning: &str) -> bool {
    name.as_encoded_bytes().starts_with(beginning.as_bytes())
}
