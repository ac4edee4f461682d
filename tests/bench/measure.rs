//! Timing, and how a figure is printed.

use std::time::Instant;

/// The samples of one job.
pub struct Series {
    name: &'static str,
    unit: &'static str,
    samples: Vec<f64>,
}

impl Series {
    pub fn new(name: &'static str, unit: &'static str) -> Self {
        Self::of(name, unit, Vec::new())
    }

    pub fn of(name: &'static str, unit: &'static str, samples: Vec<f64>) -> Self {
        Self { name, unit, samples }
    }

    pub fn push(&mut self, sample: f64) {
        self.samples.push(sample);
    }

    /// Milliseconds that `work` takes.
    pub async fn time<T>(&mut self, work: impl Future<Output = T>) -> T {
        let started = Instant::now();
        let value = work.await;
        self.push(started.elapsed().as_secs_f64() * 1_000.0);
        value
    }

    pub fn time_now<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let value = work();
        self.push(started.elapsed().as_secs_f64() * 1_000.0);
        value
    }

    pub fn print(&self) {
        let mut sorted = self.samples.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
        let round = |x: f64| (x * 10_000.0).round() / 10_000.0;
        let line = serde_json::json!({
            "name": self.name, "unit": self.unit, "median": round(at(0.5)), "p99": round(at(0.99)), "n": sorted.len(),
        });
        println!("{line}");
    }
}

/// The most memory that this process has had, where the system says.
pub fn peak_memory_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1_024.0)
}
