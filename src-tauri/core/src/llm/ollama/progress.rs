//! How far a pull is, out of the lines that Ollama tells it in.
//!
//! A model is several files (layers), each with a total of its own, and each is told of again and again under its digest.
//! What was there from an earlier try counts as completed, and not as downloaded.

use std::collections::HashMap;

use super::wire::Pulling;

/// A model of more files than this is not believed.
const MOST_LAYERS: usize = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PullProgress {
    /// Everything is there; Ollama checks and installs it.
    pub verifying: bool,
    pub completed_bytes: u64,
    /// Of what is known so far; none before anything is.
    pub total_bytes: Option<u64>,
    /// Came in this pull.
    pub downloaded_bytes: u64,
}

#[derive(Debug, Default)]
pub(super) struct Layers {
    layers: HashMap<String, Layer>,
    verifying: bool,
}

#[derive(Clone, Copy, Debug)]
struct Layer {
    total: u64,
    completed: u64,
    /// How much of it was there when it was first told of.
    before: u64,
}

impl Layers {
    pub(super) fn take(&mut self, line: &Pulling) -> PullProgress {
        let status = line.status.as_str();
        if let Some(total) = line.total.as_u64().filter(|_| !line.digest.is_empty() && status.starts_with("pulling")) {
            self.verifying = false;
            self.layer(&line.digest, total, line.completed.as_u64().unwrap_or_default());
        } else if ["verifying", "writing", "removing"].iter().any(|step| status.starts_with(step)) {
            self.verifying = true;
        }
        self.progress()
    }

    fn layer(&mut self, digest: &str, total: u64, completed: u64) {
        let completed = completed.min(total);
        if let Some(layer) = self.layers.get_mut(digest) {
            (layer.total, layer.completed) = (total, completed);
        } else if self.layers.len() < MOST_LAYERS {
            self.layers.insert(digest.to_owned(), Layer { total, completed, before: completed });
        }
    }

    fn progress(&self) -> PullProgress {
        let sum = |of: fn(&Layer) -> u64| self.layers.values().map(of).fold(0, u64::saturating_add);
        PullProgress {
            verifying: self.verifying,
            completed_bytes: sum(|layer| layer.completed),
            total_bytes: (!self.layers.is_empty()).then(|| sum(|layer| layer.total)),
            downloaded_bytes: sum(|layer| layer.completed.saturating_sub(layer.before)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn last(lines: &[Value]) -> PullProgress {
        let mut layers = Layers::default();
        let told = lines.iter().map(|line| layers.take(&serde_json::from_value(line.clone()).expect("a line")));
        told.last().expect("some lines")
    }

    fn layer(digest: &str, total: Value, completed: Value) -> Value {
        json!({"status": "pulling x", "digest": digest, "total": total, "completed": completed})
    }

    #[test]
    fn layers_are_summed_and_each_counts_once() {
        let progress = last(&[
            json!({"status": "pulling manifest"}),
            layer("a", json!(1_000), json!(0)),
            layer("a", json!(1_000), json!(400)),
            layer("b", json!(50), json!(0)),
            layer("a", json!(1_000), json!(1_000)),
            layer("b", json!(50), json!(20)),
        ]);
        let expected = PullProgress {
            verifying: false,
            completed_bytes: 1_020,
            total_bytes: Some(1_050),
            downloaded_bytes: 1_020,
        };
        assert_eq!(progress, expected);
    }

    #[test]
    fn what_was_there_before_is_completed_and_not_downloaded() {
        let progress = last(&[layer("a", json!(1_000), json!(700)), layer("a", json!(1_000), json!(750))]);
        assert_eq!((progress.completed_bytes, progress.downloaded_bytes), (750, 50));
    }

    #[test]
    fn checking_and_installing_follow_the_download() {
        assert!(!last(&[json!({"status": "pulling manifest"})]).verifying);
        for status in ["verifying sha256 digest", "writing manifest", "removing any unused layers"] {
            assert!(last(&[layer("a", json!(1), json!(1)), json!({"status": status})]).verifying, "{status}");
        }
    }

    #[test]
    fn numbers_that_lie_do_no_harm() {
        let nothing = last(&[layer("a", json!(-5), json!(3)), layer("", json!(5), json!(3))]);
        assert_eq!((nothing.completed_bytes, nothing.total_bytes), (0, None));
        let beyond = last(&[layer("a", json!(10), json!(99)), layer("b", json!(u64::MAX), json!("many"))]);
        assert_eq!((beyond.completed_bytes, beyond.total_bytes), (10, Some(u64::MAX)));
        let many: Vec<Value> = (0..3_000).map(|n| layer(&n.to_string(), json!(1), json!(1))).collect();
        assert_eq!(last(&many).total_bytes, Some(1_000));
    }
}
