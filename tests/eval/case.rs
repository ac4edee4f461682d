//! What a folder of the evaluation holds: an answer, what is sent for it, and what should come of that.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use memoryloop_core::{
    cards::{NewCard, NoteKind},
    llm::Provider,
};
use serde::Deserialize;

use crate::http::{Reply, Step};

/// `case.json` beside an answer, by whoever wrote its recordings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What the answer answers.
    pub question: String,
    pub provider: Provider,
    /// Cards that the person has before.
    pub existing: Vec<Sides>,
    /// All good items of the recordings, as they are to be in the tray, letter by letter.
    pub good: Vec<Sides>,
    /// Drafts that ask what a card or an earlier draft asks.
    pub duplicates: Vec<Pair>,
    /// Pairs that look alike and ask for two facts. All other pairs are no duplicates either; these are the ones by which
    /// precision is worth something.
    pub near_misses: Vec<Pair>,
}

/// What a card says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sides {
    #[serde(default)]
    pub kind: NoteKind,
    pub question: String,
    pub answer: String,
}

impl Sides {
    pub(super) fn of(card: &NewCard) -> Self {
        Self { kind: card.kind, question: card.question.clone(), answer: card.answer.clone() }
    }

    pub(super) fn card(&self) -> NewCard {
        NewCard {
            kind: self.kind,
            question: self.question.clone(),
            answer: self.answer.clone(),
            tags: Vec::new(),
            source: None,
        }
    }

    fn told(&self) -> String {
        format!("{} — {}", self.question, self.answer)
    }
}

/// A draft and what it doubles, or only seems to, each named by its question.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    pub draft: String,
    pub of: String,
}

impl Pair {
    fn told(&self) -> String {
        format!("{} — {}", self.draft, self.of)
    }
}

/// Of the pairs that were found, which are right; and of those that were planted, which were missed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    pub right: usize,
    pub wrong: Vec<String>,
    pub missed: Vec<String>,
    /// Of the wrong ones, the planted near misses.
    pub near_misses: usize,
}

impl Case {
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("case.json");
        let case: Self =
            serde_json::from_str(&read(folder, "case.json")?).with_context(|| path.display().to_string())?;
        case.check().with_context(|| path.display().to_string())?;
        Ok(case)
    }

    /// A pair that names nothing, or two things, would be missed or found for ever without anybody seeing why.
    fn check(&self) -> Result<()> {
        for pair in self.duplicates.iter().chain(&self.near_misses) {
            let drafts = self.good.iter().filter(|sides| sides.question == pair.draft).count();
            let others = self.good.iter().filter(|sides| sides.question != pair.draft);
            let partners = self.existing.iter().chain(others).filter(|sides| sides.question == pair.of).count();
            ensure!((drafts, partners) == (1, 1), "{drafts} drafts and {partners} partners are meant by {pair:?}");
        }
        let both = self.duplicates.iter().find(|pair| self.near_misses.contains(pair));
        ensure!(both.is_none(), "{both:?} is no duplicate and one");
        Ok(())
    }

    /// The good items that `tray` does not hold as they are; a mangled one is lost.
    #[must_use]
    pub fn lost(&self, tray: &[Sides]) -> Vec<String> {
        self.good.iter().filter(|good| !tray.contains(good)).map(Sides::told).collect()
    }

    /// What `tray` holds and no recording does.
    #[must_use]
    pub fn unexpected(&self, tray: &[Sides]) -> Vec<String> {
        tray.iter().filter(|sides| !self.good.contains(sides)).map(Sides::told).collect()
    }

    #[must_use]
    pub fn judge(&self, found: &[Pair]) -> Judgement {
        let wrong: Vec<&Pair> = found.iter().filter(|pair| !self.duplicates.contains(pair)).collect();
        let missed: Vec<&Pair> = self.duplicates.iter().filter(|pair| !found.contains(pair)).collect();
        Judgement {
            right: self.duplicates.len() - missed.len(),
            near_misses: wrong.iter().filter(|pair| self.near_misses.contains(pair)).count(),
            wrong: wrong.into_iter().map(Pair::told).collect(),
            missed: missed.into_iter().map(Pair::told).collect(),
        }
    }
}

/// The folders of `tests/eval`, in order.
///
/// # Errors
/// When they cannot be listed.
pub fn cases() -> Result<Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("eval");
    let entries = fs::read_dir(&root).with_context(|| root.display().to_string())?;
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    Ok(folders)
}

pub(super) fn read(folder: &Path, name: &str) -> Result<String> {
    let path = folder.join(name);
    fs::read_to_string(&path).with_context(|| path.display().to_string())
}

/// What is sent to each request in turn, in packets that heed no line.
pub(super) fn recordings(folder: &Path, provider: Provider) -> Result<Vec<Reply>> {
    let (kind, content_type) = match provider {
        Provider::Ollama => ("ndjson", "application/x-ndjson"),
        Provider::Claude => ("sse", "text/event-stream; charset=utf-8"),
    };
    let mut replies = Vec::new();
    for number in 1.. {
        let path = folder.join(format!("{number}.{kind}"));
        if !path.exists() {
            break;
        }
        let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
        let mut reply = Reply::new(200, content_type, "");
        reply.steps = bytes.chunks(1_021).map(|packet| Step::Send(packet.to_vec())).collect();
        replies.push(reply);
    }
    ensure!(!replies.is_empty(), "{} has no recording", folder.display());
    Ok(replies)
}
