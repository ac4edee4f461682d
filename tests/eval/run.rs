//! From recorded answers to drafts in the tray, through all of the core: a stand-in server that speaks the protocol and
//! replays what a model sent, PostgreSQL, LanceDB, and what of the cards is good.
//!
//! Duplicates are looked for by text alone: a stand-in's vectors mean nothing.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, ensure};
use memoryloop_core::{
    App,
    cards::{Draft, DraftOutcome, DraftRequest, NewCard, NoteKind, duplicates::normalised, prompt},
    chat::TurnRequest,
    config::Config,
    ids::{DraftId, JobId, MessageId},
    llm::{ModelRef, Provider},
    time::UnixMillis,
};
use serde::{Deserialize, Serialize};

use crate::{
    claude,
    clock::TestClock,
    http::{Reply, Server, Step},
    ollama, postgres,
    scratch::Scratch,
};

/// `case.json` beside an answer: what its recordings hold, as whoever wrote them knows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the answer answers.
    question: String,
    provider: Provider,
    /// Cards that the person has before.
    existing: Vec<Sides>,
    /// The questions of all good items of the recordings: what is not in the tray then is lost.
    good: Vec<String>,
    /// Of those, the ones that double a card or another draft.
    duplicates: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sides {
    question: String,
    answer: String,
}

/// What came of one answer, or of all.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Figures {
    pub name: String,
    /// Of substance, outside of code.
    pub words: usize,
    pub cards: usize,
    pub cards_per_100_words: f64,
    pub lint_clean_percent: f64,
    /// Whose quote stands in the answer.
    pub grounded_percent: f64,
    pub duplicates_planted: usize,
    pub duplicates_found: usize,
    pub duplicates_right: usize,
    pub duplicate_precision: f64,
    pub duplicate_recall: f64,
    /// Answers that broke the schema, and how many of those gave all their cards once asked again.
    pub schema_failures: usize,
    pub schema_failures_recovered: usize,
    pub parts_failed: usize,
    pub drafts_lost: usize,
    /// The questions that were lost, and drafts found to double something that they do not.
    pub lost: Vec<String>,
    pub wrong_duplicates: Vec<String>,
    #[serde(skip)]
    clean: usize,
    #[serde(skip)]
    grounded: usize,
}

impl Figures {
    fn shares(mut self) -> Self {
        let percent = |part: usize, of: usize| {
            if of == 0 { 100.0 } else { (1000.0 * part as f64 / of as f64).round() / 10.0 }
        };
        let share =
            |part: usize, of: usize| if of == 0 { 1.0 } else { (1000.0 * part as f64 / of as f64).round() / 1000.0 };
        self.cards_per_100_words = (10_000.0 * self.cards as f64 / self.words.max(1) as f64).round() / 100.0;
        self.lint_clean_percent = percent(self.clean, self.cards);
        self.grounded_percent = percent(self.grounded, self.cards);
        self.duplicate_precision = share(self.duplicates_right, self.duplicates_found);
        self.duplicate_recall = share(self.duplicates_right, self.duplicates_planted);
        self
    }

    /// All of them as one.
    #[must_use]
    pub fn sum(all: &[Self]) -> Self {
        let mut sum = Self { name: "all".into(), ..Self::default() };
        for one in all {
            sum.words += one.words;
            sum.cards += one.cards;
            sum.clean += one.clean;
            sum.grounded += one.grounded;
            sum.duplicates_planted += one.duplicates_planted;
            sum.duplicates_found += one.duplicates_found;
            sum.duplicates_right += one.duplicates_right;
            sum.schema_failures += one.schema_failures;
            sum.schema_failures_recovered += one.schema_failures_recovered;
            sum.parts_failed += one.parts_failed;
            sum.drafts_lost += one.drafts_lost;
            sum.lost.extend(one.lost.iter().cloned());
            sum.wrong_duplicates.extend(one.wrong_duplicates.iter().cloned());
        }
        sum.shares()
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

/// MemoryLoop on a scratch disk.
pub struct Desk {
    // Closed in this order.
    app: App,
    /// The stand-ins, when the answers are recorded.
    servers: Option<(Server, Server)>,
    _folder: Scratch,
}

impl Desk {
    /// With stand-in servers, or with the Ollama at `live`.
    ///
    /// # Errors
    /// When the program does not come up.
    pub async fn open(live: Option<String>) -> Result<Self> {
        // Without an embedding model: vectors of a stand-in would make duplicates of what has nothing in common.
        let options = ollama::Options { models: vec![ollama::LLAMA], ..ollama::Options::default() };
        let servers = match live {
            Some(_) => None,
            None => Some((ollama::start_with(options).await, claude::start().await)),
        };
        let (local, remote) = match (&servers, live) {
            (Some((local, remote)), _) => (local.url(), remote.url()),
            (None, live) => (live.unwrap_or_default(), "http://127.0.0.1:9".to_owned()),
        };
        let folder = Scratch::new("eval");
        let lookup = |name: &str| match name {
            "OLLAMA_HOST" => Some(local.clone().into()),
            "ANTHROPIC_BASE_URL" => Some(remote.clone().into()),
            "MEMORYLOOP_KEYRING" => Some("memory".into()),
            "MEMORYLOOP_POSTGRES_DIR" => postgres::installation().map(Into::into),
            _ => None,
        };
        let config = Config::read(lookup, Some(folder.join("data")), Path::new("/"))?;
        config.prepare_data_dir()?;
        let app = App::open(config, TestClock::at_noon(), Arc::new(|_| {}))?;
        app.create_profile("eval@example.org", "a good password".into()).await?;
        if servers.is_some() {
            app.save_api_key(Provider::Claude, claude::KEY.into()).await?;
        }
        Ok(Self { app, servers, _folder: folder })
    }

    pub async fn close(self) {
        self.app.close().await;
    }

    /// One recorded answer through the whole of it.
    ///
    /// # Errors
    /// When a file is missing, or what is not a matter of the cards fails.
    pub async fn replay(&self, folder: &Path) -> Result<Figures> {
        let (case, answer) = (read_case(folder)?, read(folder, "answer.md")?);
        let (local, remote) = self.servers.as_ref().context("recordings are replayed by stand-ins")?;
        let (server, path, model) = match case.provider {
            Provider::Ollama => (local, "/api/chat", ollama::LLAMA),
            Provider::Claude => (remote, "/v1/messages", claude::SONNET),
        };
        let message = self.asked(server, path, model, &case, &answer).await?;
        let existing = case.existing.iter().map(|sides| card(&sides.question, &sides.answer)).collect();
        self.app.save_cards(existing).await?;
        let recordings = recordings(folder, case.provider)?;
        let before = drafting(server, path).len();
        for reply in &recordings {
            server.script_for(path, prompt::PASSAGE_OPEN, reply.clone());
        }
        let job = JobId::new(UnixMillis(0));
        let request = DraftRequest::Answers { message_ids: vec![message] };
        let outcome = self.app.generate_drafts(job, request, None, |_| {}).await?;
        let requests = drafting(server, path).split_off(before);
        ensure!(
            requests.len() == recordings.len(),
            "{}: {} requests for {} recordings",
            folder.display(),
            requests.len(),
            recordings.len()
        );
        let again = requests.iter().filter(|body| body.contains("Your last attempt")).count();
        let figures = self.measured(folder, &answer, &case, &outcome).await?;
        let recovered = if figures.drafts_lost == 0 && outcome.failed.is_empty() { again } else { 0 };
        Ok(Figures { schema_failures: again, schema_failures_recovered: recovered, ..figures })
    }

    /// The same answer as a pasted text, by a model that is really there; what it should write is not known.
    ///
    /// # Errors
    /// As [`Desk::replay`], and how the model fails.
    pub async fn live(&self, folder: &Path, model: &str) -> Result<Figures> {
        let answer = read(folder, "answer.md")?;
        let case = Case { good: Vec::new(), duplicates: Vec::new(), ..read_case(folder)? };
        let model = ModelRef { provider: Provider::Ollama, name: model.to_owned() };
        let request = DraftRequest::Text { text: answer.clone() };
        let outcome = self.app.generate_drafts(JobId::new(UnixMillis(0)), request, Some(model), |_| {}).await?;
        self.measured(folder, &answer, &case, &outcome).await
    }

    /// Has the answer said in a conversation, as a model would.
    async fn asked(&self, server: &Server, path: &str, model: &str, case: &Case, answer: &str) -> Result<MessageId> {
        let reply = match case.provider {
            Provider::Ollama => {
                ollama::stream(&[ollama::line(answer).as_bytes(), ollama::last_line("stop").as_bytes()])
            }
            Provider::Claude => claude::stream(&[(claude::opening()
                + &claude::piece(answer)
                + &claude::closing("end_turn", 9))
                .as_bytes()]),
        };
        server.script_for(path, &case.question, reply);
        let model = ModelRef { provider: case.provider, name: model.to_owned() };
        let conversation = self.app.create_conversation(model).await?;
        self.app.send_message(conversation.id, TurnRequest::question(&case.question), |_| {}).await?;
        let conversation = self.app.open_conversation(conversation.id).await?;
        let said = conversation.messages.last().context("an answer")?;
        ensure!(said.content == answer, "the answer was not kept as it is");
        Ok(said.id)
    }

    /// What is in the tray, which is emptied for the next.
    async fn measured(&self, folder: &Path, answer: &str, case: &Case, outcome: &DraftOutcome) -> Result<Figures> {
        let drafts = self.app.list_drafts().await?;
        let ids: Vec<DraftId> = drafts.iter().map(|draft| draft.id).collect();
        let found: HashSet<DraftId> =
            self.app.find_duplicates(ids.clone()).await?.into_iter().map(|duplicate| duplicate.draft_id).collect();
        self.app.drop_drafts(ids).await?;
        let known = |list: &[String], draft: &Draft| list.contains(&draft.card.question);
        let lost: Vec<String> = case
            .good
            .iter()
            .filter(|good| !drafts.iter().any(|draft| draft.card.question == **good))
            .cloned()
            .collect();
        let told: Vec<&Draft> = drafts.iter().filter(|draft| found.contains(&draft.id)).collect();
        let wrong: Vec<String> = told
            .iter()
            .filter(|draft| !known(&case.duplicates, draft))
            .map(|draft| draft.card.question.clone())
            .collect();
        let flat = normalised(answer);
        let grounded = |draft: &&Draft| {
            draft
                .passage
                .as_deref()
                .map(normalised)
                .is_some_and(|passage| !passage.is_empty() && flat.contains(&passage))
        };
        Ok(Figures {
            name: folder.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            words: prompt::words(answer),
            cards: drafts.len(),
            clean: drafts.iter().filter(|draft| draft.findings.is_empty()).count(),
            grounded: drafts.iter().filter(grounded).count(),
            duplicates_planted: case.duplicates.len(),
            duplicates_found: told.len(),
            duplicates_right: told.len() - wrong.len(),
            parts_failed: outcome.failed.len(),
            drafts_lost: lost.len(),
            lost,
            wrong_duplicates: wrong,
            ..Figures::default()
        }
        .shares())
    }
}

fn card(question: &str, answer: &str) -> NewCard {
    NewCard { kind: NoteKind::Basic, question: question.into(), answer: answer.into(), tags: Vec::new(), source: None }
}

/// The requests for cards among those that a server was sent.
fn drafting(server: &Server, path: &str) -> Vec<String> {
    server
        .asked(path)
        .iter()
        .map(|asked| asked.body.to_string())
        .filter(|body| body.contains(prompt::PASSAGE_OPEN))
        .collect()
}

fn read(folder: &Path, name: &str) -> Result<String> {
    let path = folder.join(name);
    fs::read_to_string(&path).with_context(|| path.display().to_string())
}

fn read_case(folder: &Path) -> Result<Case> {
    serde_json::from_str(&read(folder, "case.json")?).with_context(|| format!("{}/case.json", folder.display()))
}

/// What the model sent to each request in turn, byte by byte as recorded, in packets that heed no line.
fn recordings(folder: &Path, provider: Provider) -> Result<Vec<Reply>> {
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
