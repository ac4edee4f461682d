//! Timing, and how a figure is printed.

use std::time::Instant;

use serde::{Deserialize, Serialize};

/// The samples of one job, as a process that measured them hands them on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Series {
    pub name: String,
    pub unit: String,
    pub samples: Vec<f64>,
}

impl Series {
    pub fn new(name: &str, unit: &str) -> Self {
        Self::of(name, unit, Vec::new())
    }

    pub fn of(name: &str, unit: &str, samples: Vec<f64>) -> Self {
        Self { name: name.to_owned(), unit: unit.to_owned(), samples }
    }

    pub fn push(&mut self, sample: f64) {
        self.samples.push(sample);
    }

    /// Milliseconds that `work` takes.
    pub async fn time<T>(&mut self, work: impl Future<Output = T>) -> T {
        let started = Instant::now();
        let value = work.await;
        self.push(ms_since(started));
        value
    }

    pub fn time_now<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let value = work();
        self.push(ms_since(started));
        value
    }

    /// For the process that started this one.
    pub fn emit(&self) {
        println!("{}", serde_json::to_string(self).unwrap());
    }

    pub fn median(&self) -> f64 {
        self.at(0.5)
    }

    fn at(&self, share: f64) -> f64 {
        let mut sorted = self.samples.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[((sorted.len() - 1) as f64 * share).round() as usize]
    }

    /// The plain figure.
    pub fn print(&self, of: &str) {
        let line = serde_json::json!({
            "name": self.name, "of": of, "unit": self.unit,
            "median": round(self.median()), "p99": round(self.at(0.99)), "n": self.samples.len(),
        });
        println!("{line}");
    }
}

pub fn ms_since(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1_000.0
}

pub fn round(x: f64) -> f64 {
    (x * 10_000.0).round() / 10_000.0
}

/// The most memory that this process has had, where the system says.
pub fn emit_peak_memory(name: &str) {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return };
    let kib =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse::<f64>().ok());
    if let Some(kib) = kib {
        Series::of(name, "MiB", vec![kib / 1_024.0]).emit();
    }
}
