//! From an answer to drafts in the tray, through all of the core: a stand-in server that speaks the protocol and sends what
//! a model could have sent, PostgreSQL, LanceDB, and what of the cards is good.
//!
//! The recordings (`1.ndjson`, `1.sse`, …) were never recorded: no model could run where this was written. Their cards
//! and their faults (fences, talk around the JSON, lone backslashes, bad items, a cut end) are written by hand, after what
//! models are known to do, and a script cut them into pieces of a token's size with the times, counts and padding that
//! Ollama and Anthropic send. So they measure what MemoryLoop does with such answers (reads, keeps, lints, compares), not
//! how good the cards of a model are: that says only `--live`.
//!
//! Duplicates of recorded answers are looked for by text alone: a stand-in's vectors mean nothing. The planted pairs are
//! none that `duplicates.rs` was chosen by (those of `duplicates_tests.rs`), and must stay so: reword none of them because
//! it is missed.

mod case;
mod figures;

use std::{collections::HashMap, path::Path, sync::Arc};

use anyhow::{Context, Result, ensure};
use memoryloop_core::{
    App,
    cards::{Draft, DraftOutcome, DraftRequest, DuplicateOf, duplicates::normalised, prompt},
    chat::TurnRequest,
    config::Config,
    ids::{DraftId, JobId, MessageId},
    llm::{ModelRef, Provider},
    time::UnixMillis,
};

use self::case::{read, recordings};
pub use self::{
    case::{Case, Judgement, Pair, Sides, cases},
    figures::Figures,
};
use crate::{claude, clock::TestClock, http::Server, ollama, postgres, scratch::Scratch};

/// MemoryLoop on a scratch disk.
pub struct Desk {
    // Closed in this order.
    app: App,
    /// The stand-ins, when the answers are recorded.
    servers: Option<(Server, Server)>,
    _folder: Scratch,
}

/// What was in the tray, and which of it was said to double what.
struct Tray {
    cards: Vec<Sides>,
    found: Vec<Pair>,
    figures: Figures,
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
    /// When a file is missing, no draft is made, or what is not a matter of the cards fails. The stand-ins may hold what
    /// they did not send then; this desk is of no use for another.
    pub async fn replay(&self, folder: &Path) -> Result<Figures> {
        let (case, answer) = (Case::read(folder)?, read(folder, "answer.md")?);
        let (local, remote) = self.servers.as_ref().context("recordings are replayed by stand-ins")?;
        let (server, path, model) = match case.provider {
            Provider::Ollama => (local, "/api/chat", ollama::LLAMA),
            Provider::Claude => (remote, "/v1/messages", claude::SONNET),
        };
        let message = self.asked(server, path, model, &case, &answer).await?;
        self.begin(&case).await?;
        let recordings = recordings(folder, case.provider)?;
        let before = drafting(server, path).len();
        for reply in &recordings {
            server.script_for(path, prompt::PASSAGE_OPEN, reply.clone());
        }
        let job = JobId::new(UnixMillis(0));
        let request = DraftRequest::Answers { message_ids: vec![message] };
        let outcome = self.app.generate_drafts(job, request, None, |_| {}).await?;
        let requests = drafting(server, path).split_off(before);
        ensure!(requests.len() == recordings.len(), "{} requests for {} recordings", requests.len(), recordings.len());
        let again = requests.iter().filter(|body| body.contains("Your last attempt")).count();
        let Tray { cards, found, figures } = self.tray(folder, &answer, Some(&outcome)).await?;
        let (lost, judged) = (case.lost(&cards), case.judge(&found));
        let recovered = if lost.is_empty() && outcome.failed.is_empty() { again } else { 0 };
        let figures = Figures {
            duplicates_planted: case.duplicates.len(),
            duplicates_right: judged.right,
            near_misses_planted: case.near_misses.len(),
            near_misses_found: judged.near_misses,
            schema_failures: again,
            schema_failures_recovered: recovered,
            drafts_lost: figures.drafts_lost.max(lost.len()),
            lost,
            unexpected: case.unexpected(&cards),
            wrong_duplicates: judged.wrong,
            missed_duplicates: judged.missed,
            ..figures
        };
        Ok(figures.shares())
    }

    /// The same answer as a pasted text, by a model that is really there; what it should write is not known. How the model
    /// fails is a figure, not an error.
    ///
    /// # Errors
    /// When a file is missing, or what is not a matter of the model fails.
    pub async fn live(&self, folder: &Path, model: &str) -> Result<Figures> {
        let (case, answer) = (Case::read(folder)?, read(folder, "answer.md")?);
        self.begin(&case).await?;
        let model = ModelRef { provider: Provider::Ollama, name: model.to_owned() };
        let request = DraftRequest::Text { text: answer.clone() };
        let made = self.app.generate_drafts(JobId::new(UnixMillis(0)), request, Some(model), |_| {}).await;
        let Tray { figures, .. } = self.tray(folder, &answer, made.as_ref().ok()).await?;
        Ok(Figures { error: made.err().map(|error| error.to_string()), ..figures.shares() })
    }

    /// The person's cards, and a tray without what an answer left that failed.
    async fn begin(&self, case: &Case) -> Result<()> {
        let left = self.app.list_drafts().await?;
        self.app.drop_drafts(left.iter().map(|draft| draft.id).collect()).await?;
        self.app.save_cards(case.existing.iter().map(Sides::card).collect()).await?;
        Ok(())
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

    /// What is in the tray, which is emptied for the next; no outcome when none was made.
    async fn tray(&self, folder: &Path, answer: &str, outcome: Option<&DraftOutcome>) -> Result<Tray> {
        let drafts = self.app.list_drafts().await?;
        let ids: Vec<DraftId> = drafts.iter().map(|draft| draft.id).collect();
        let asks: HashMap<DraftId, &str> =
            drafts.iter().map(|draft| (draft.id, draft.card.question.as_str())).collect();
        let asked = |id: &DraftId| asks.get(id).map(|question| (*question).to_owned()).context("a draft of the tray");
        let mut found = Vec::new();
        for duplicate in self.app.find_duplicates(ids.clone()).await? {
            let of = match &duplicate.of {
                DuplicateOf::Card { card } => card.question.clone(),
                DuplicateOf::Draft { draft_id } => asked(draft_id)?,
            };
            found.push(Pair { draft: asked(&duplicate.draft_id)?, of });
        }
        self.app.drop_drafts(ids).await?;
        let flat = normalised(answer);
        // A draft whose quote is nowhere is given the part that it was made of: that stands in the answer in any case.
        let grounded = |draft: &&Draft| {
            let quote = draft.passage.as_deref().filter(|_| draft.claimed.is_none()).map(normalised);
            quote.is_some_and(|quote| !quote.is_empty() && flat.contains(&quote))
        };
        let made = outcome.map_or(0, |outcome| outcome.drafts);
        let figures = Figures {
            name: figures::name(folder),
            words: prompt::words(answer),
            cards: drafts.len(),
            clean: drafts.iter().filter(|draft| draft.findings.is_empty()).count(),
            grounded: drafts.iter().filter(grounded).count(),
            duplicates_found: found.len(),
            parts_failed: outcome.map_or(0, |outcome| outcome.failed.len()),
            drafts_lost: usize::try_from(made)?.saturating_sub(drafts.len()),
            ..Figures::default()
        };
        Ok(Tray { cards: drafts.iter().map(|draft| Sides::of(&draft.card)).collect(), found, figures })
    }
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
