//! A virtual screen for a machine that has none, such as a container.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result};

/// Whether a window would have nowhere to open.
pub fn is_missing() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(target_os = "linux") && !set("DISPLAY") && !set("WAYLAND_DISPLAY")
}

/// An X server that shows its screen to nobody. It ends with the last program that used it, and with this value.
pub struct Screen {
    server: Child,
    /// As in DISPLAY.
    pub name: String,
}

impl Screen {
    pub fn start() -> Result<Self> {
        let mut xvfb = Command::new("Xvfb");
        xvfb.args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-terminate"]);
        // Ctrl+C reaches the window at once, and the screen only when the window has closed in peace.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut xvfb, 0);
        let mut server = xvfb
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("Xvfb, the virtual screen, could not be started")?;
        let mut number = String::new();
        let stdout = server.stdout.take().context("Xvfb has no output")?;
        BufReader::new(stdout).read_line(&mut number).context("Xvfb did not say which display it serves")?;
        let screen = Self { server, name: format!(":{}", number.trim()) };
        anyhow::ensure!(screen.name.len() > 1, "Xvfb ended before it served a display");
        Ok(screen)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // It may have ended already, with the last window.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
