//! The one task that writes to Lance: it moves journal entries in batches, makes them durable, and keeps the tables
//! small. Everything that changes a table goes through it, so that no two commits ever meet.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use futures::future::BoxFuture;
use parking_lot::Mutex;
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use super::{
    Options, Overlay, index,
    journal::{Entry, Journal, Versions},
    rows::{self, Embedding, FLASHCARDS, MESSAGES, MessageCopy, REVIEW_LOGS, SCHEDULES, TABLES},
    tables::{OnDisk, Replay, Tables},
};
use crate::{
    cards::Card,
    error::{Error, Result},
    ids::{CardId, ConversationId, MessageId, ReviewId},
    review::{ReviewLog, Schedule},
    time::UnixMillis,
};

/// Cards made ready at a time: a row takes the space of its vector even when it has none.
const IMPORT_BATCH: usize = 2_000;

type Reply<T> = oneshot::Sender<Result<T>>;

/// A card's vector, made from the card as it was at `updated_at`.
#[derive(Clone, Debug)]
pub struct CardVector {
    pub id: CardId,
    pub updated_at: UnixMillis,
    pub embedding: Embedding,
}

pub enum Command {
    /// The journal has grown.
    Grown,
    Flush(Reply<()>),
    /// Many new cards at once, straight to the tables; durable when answered, all or none.
    Import(Vec<(Card, Schedule)>, Reply<()>),
    PutMessages(Vec<MessageCopy>, Reply<()>),
    SetCardVectors(Vec<CardVector>, Reply<()>),
    SetMessageVectors(Vec<(MessageId, Embedding)>, Reply<()>),
    /// Compact and index now.
    Maintain(Reply<()>),
    /// Flush and end.
    Close(Reply<()>),
}

pub struct Writer {
    tables: Tables,
    journal: Arc<Journal>,
    overlay: Arc<Mutex<Overlay>>,
    options: Options,
    on_disk: OnDisk,
    durable: Versions,
    replay: Replay,
    /// A batch failed halfway: the tables must go back to `durable` first.
    torn: bool,
    /// Commits to each table since it was compacted.
    commits: HashMap<&'static str, u32>,
    deadline: Option<Instant>,
    /// Conversations deleted in this run.
    forgotten: HashSet<ConversationId>,
}

impl Writer {
    /// # Errors
    /// `Internal` when the tables cannot be looked through.
    pub async fn new(
        tables: Tables,
        journal: Arc<Journal>,
        overlay: Arc<Mutex<Overlay>>,
        options: Options,
        durable: Versions,
        replay: Replay,
    ) -> Result<Self> {
        let on_disk = OnDisk::assume(&tables)?;
        // Each commit leaves a fragment: what other runs have left to compact counts too.
        let mut commits = HashMap::new();
        for name in TABLES {
            commits.insert(name, u32::try_from(tables.count_fragments(name).await?).unwrap_or(u32::MAX));
        }
        let (deadline, forgotten, torn) = (None, HashSet::new(), false);
        Ok(Self { tables, journal, overlay, options, on_disk, durable, replay, torn, commits, deadline, forgotten })
    }

    /// Runs until it is closed or nobody can send to it any more.
    pub async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        loop {
            let deadline = self.deadline.unwrap_or_else(|| Instant::now() + Duration::from_secs(86_400));
            let command = tokio::select! {
                command = commands.recv() => command,
                () = tokio::time::sleep_until(deadline) => Some(Command::Grown),
            };
            match command {
                Some(Command::Close(reply)) => {
                    let _ = reply.send(self.flush().await);
                    return;
                }
                Some(command) => self.handle(command).await,
                None => return,
            }
        }
    }

    async fn handle(&mut self, command: Command) {
        // A caller that has gone away does not need the answer.
        match command {
            Command::Grown => self.grown().await,
            Command::Flush(reply) => drop(reply.send(self.flush().await)),
            Command::Import(cards, reply) => drop(reply.send(self.import(cards).await)),
            Command::PutMessages(rows, reply) => drop(reply.send(self.put_messages(rows).await)),
            Command::SetCardVectors(vectors, reply) => drop(reply.send(self.set_card_vectors(vectors).await)),
            Command::SetMessageVectors(vectors, reply) => drop(reply.send(self.set_message_vectors(vectors).await)),
            Command::Maintain(reply) => drop(reply.send(self.maintain(&TABLES).await)),
            Command::Close(_) => {}
        }
        let due: Vec<_> =
            TABLES.into_iter().filter(|t| self.commits.get(t) >= Some(&self.options.compact_after)).collect();
        if !due.is_empty()
            && let Err(error) = self.maintain(&due).await
        {
            tracing::error!(%error, "compacting the learning data failed; it is tried again later");
        }
    }

    async fn grown(&mut self) {
        let waiting = self.overlay.lock().entries.len();
        if waiting == 0 {
            self.deadline = None;
            return;
        }
        let deadline = *self.deadline.get_or_insert_with(|| Instant::now() + self.options.flush_after);
        // After a failure only the deadline counts: a full disk is not written to at every rating.
        let full = waiting >= self.options.flush_entries && !self.torn;
        if !full && Instant::now() < deadline {
            return;
        }
        if let Err(error) = self.flush().await {
            tracing::error!(%error, "moving the journal to LanceDB failed; nothing is lost, it is tried again");
            self.deadline = Some(Instant::now() + self.options.flush_after);
        }
    }

    /// Moves all that the journal holds now. Boxed, because committing may have to flush first.
    fn flush(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let entries: Vec<_> = self.overlay.lock().entries.iter().map(|(&s, e)| (s, e.clone())).collect();
            let Some(&(through, _)) = entries.last() else {
                self.replay = Replay::Exact;
                return Ok(());
            };
            let batch = Batch::of(entries.into_iter().map(|(_, entry)| entry));
            self.forgotten.extend(&batch.forgotten);
            self.commit(through, async |writer| writer.write(batch).await).await?;
            self.overlay.lock().forget(through);
            self.replay = Replay::Exact;
            self.deadline = None;
            Ok(())
        })
    }

    async fn import(&mut self, cards: Vec<(Card, Schedule)>) -> Result<()> {
        let schedules: Vec<_> = cards.iter().map(|(card, schedule)| (card.id, *schedule)).collect();
        let schedules = rows::schedules(&schedules)?;
        let mut cards = cards.into_iter().map(|(card, _)| (card, None));
        let batches = std::iter::from_fn(move || {
            let batch: Vec<_> = cards.by_ref().take(IMPORT_BATCH).collect();
            (!batch.is_empty()).then(|| rows::cards(&batch))
        });
        self.commit(0, async |writer| {
            writer.tables.append_all(FLASHCARDS, batches).await?;
            writer.tables.append(SCHEDULES, schedules, Replay::Exact).await?;
            Ok(vec![FLASHCARDS, SCHEDULES])
        })
        .await
    }

    /// A message that was read before its conversation was deleted comes too late.
    async fn put_messages(&mut self, mut rows: Vec<MessageCopy>) -> Result<()> {
        rows.retain(|row| !self.forgotten.contains(&row.conversation_id));
        let unique: BTreeMap<_, _> = rows.into_iter().map(|row| (row.id, row)).collect();
        let batch = rows::messages(&unique.into_values().collect::<Vec<_>>())?;
        self.commit(0, async |writer| writer.tables.upsert(MESSAGES, batch).await.map(|()| vec![MESSAGES])).await
    }

    async fn set_message_vectors(&mut self, vectors: Vec<(MessageId, Embedding)>) -> Result<()> {
        let mut vectors: HashMap<_, _> = vectors.into_iter().collect();
        let ids: Vec<_> = vectors.keys().copied().collect();
        let mut rows = index::messages_by_id(&self.tables, &ids).await?;
        for row in &mut rows {
            row.embedding = vectors.remove(&row.id);
        }
        self.put_messages(rows).await
    }

    /// Gives vectors to the cards that still say what the vectors were made from.
    async fn set_card_vectors(&mut self, vectors: Vec<CardVector>) -> Result<()> {
        let mut vectors: HashMap<_, _> = vectors.into_iter().map(|v| (v.id, v)).collect();
        let ids: Vec<_> = vectors.keys().copied().collect();
        let cards = index::cards_by_id(&self.tables, &ids).await?;
        let rows: Vec<_> = cards
            .into_iter()
            .filter_map(|card| {
                let vector = vectors.remove(&card.id).filter(|v| v.updated_at == card.updated_at)?;
                Some((card, Some(vector.embedding)))
            })
            .collect();
        let batch = rows::cards(&rows)?;
        self.commit(0, async |writer| writer.tables.upsert(FLASHCARDS, batch).await.map(|()| vec![FLASHCARDS])).await
    }

    async fn write(&self, batch: Batch) -> Result<Vec<&'static str>> {
        let replay = self.replay;
        let deleted: Vec<_> = batch.deleted.into_iter().collect();
        let cards = |cards: HashMap<CardId, Card>| cards.into_values().map(|card| (card, None)).collect::<Vec<_>>();
        let pairs = |schedules: HashMap<CardId, Schedule>| schedules.into_iter().collect::<Vec<_>>();
        let before = self.tables.versions().await?;
        self.tables.delete(MESSAGES, "conversation_id", &batch.forgotten).await?;
        self.tables.delete(MESSAGES, "id", &batch.forgotten_messages).await?;
        self.tables.delete(FLASHCARDS, "id", &deleted).await?;
        self.tables.delete(SCHEDULES, "id", &deleted).await?;
        self.tables.append(FLASHCARDS, rows::cards(&cards(batch.added_cards))?, replay).await?;
        self.tables.upsert(FLASHCARDS, rows::cards(&cards(batch.edited_cards))?).await?;
        self.tables.append(SCHEDULES, rows::schedules(&pairs(batch.added_schedules))?, replay).await?;
        self.tables.upsert(SCHEDULES, rows::schedules(&pairs(batch.changed_schedules))?).await?;
        self.tables.append(REVIEW_LOGS, rows::review_logs(&batch.logs)?, replay).await?;
        let corrected: Vec<_> = batch.corrected_logs.into_values().collect();
        self.tables.upsert(REVIEW_LOGS, rows::review_logs(&corrected)?).await?;
        let after = self.tables.versions().await?;
        Ok(TABLES.into_iter().filter(|name| before.get(*name) != after.get(*name)).collect())
    }

    /// Runs `change`, makes what it changed durable and notes it, with the journal advanced to `through`. All of it or
    /// nothing: after a failure the tables go back to what is noted before anything else is written.
    async fn commit(
        &mut self,
        through: u64,
        change: impl AsyncFnOnce(&mut Self) -> Result<Vec<&'static str>>,
    ) -> Result<()> {
        // Noting versions says that what the journal holds is not in the tables: until that is so, it goes first.
        if self.replay == Replay::Overlapping && through == 0 {
            self.flush().await?;
        }
        if self.torn {
            self.tables.restore(&self.durable).await?;
            self.note(0, &TABLES).await?;
            self.torn = false;
        }
        self.torn = true;
        let changed = change(self).await?;
        self.note(through, &changed).await?;
        self.torn = false;
        for table in changed {
            *self.commits.entry(table).or_default() += 1;
        }
        Ok(())
    }

    async fn note(&mut self, through: u64, changed: &[&'static str]) -> Result<()> {
        let versions = self.tables.versions().await?;
        let (tables, journal, changed) = (self.tables.clone(), self.journal.clone(), changed.to_vec());
        let mut on_disk = std::mem::take(&mut self.on_disk);
        // fsync blocks for as long as the disk likes.
        let (on_disk, done) = tokio::task::spawn_blocking(move || {
            let done = on_disk.sync(&tables, &changed).and_then(|()| journal.advance(through, &versions));
            (on_disk, done.map(|()| versions))
        })
        .await
        .map_err(Error::internal)?;
        self.on_disk = on_disk;
        self.durable = done?;
        Ok(())
    }

    /// Compacts, indexes, and only then removes old versions: what is noted as durable is always there.
    async fn maintain(&mut self, names: &[&'static str]) -> Result<()> {
        for &name in names {
            self.commits.insert(name, 0);
            self.commit(0, async |writer| {
                writer.tables.compact(name).await?;
                index::create_missing(&writer.tables, name).await?;
                Ok(vec![name])
            })
            .await?;
            self.commits.insert(name, 0);
            self.tables.prune(name, self.options.keep_versions).await?;
        }
        Ok(())
    }
}

/// Entries folded to one change for each row.
#[derive(Default)]
struct Batch {
    added_cards: HashMap<CardId, Card>,
    edited_cards: HashMap<CardId, Card>,
    added_schedules: HashMap<CardId, Schedule>,
    changed_schedules: HashMap<CardId, Schedule>,
    deleted: HashSet<CardId>,
    logs: Vec<ReviewLog>,
    corrected_logs: HashMap<ReviewId, ReviewLog>,
    forgotten: Vec<ConversationId>,
    forgotten_messages: Vec<MessageId>,
}

impl Batch {
    fn of(entries: impl Iterator<Item = Entry>) -> Self {
        let mut batch = Self::default();
        entries.for_each(|entry| batch.fold(entry));
        batch
    }

    fn set_schedule(&mut self, card: CardId, schedule: Schedule) {
        let added = self.added_schedules.contains_key(&card);
        let of = if added { &mut self.added_schedules } else { &mut self.changed_schedules };
        of.insert(card, schedule);
    }

    fn fold(&mut self, entry: Entry) {
        match entry {
            Entry::AddCard { card, schedule } => {
                self.added_schedules.insert(card.id, schedule);
                self.added_cards.insert(card.id, card);
            }
            Entry::EditCard { card } => {
                let of = if self.added_cards.contains_key(&card.id) {
                    &mut self.added_cards
                } else {
                    &mut self.edited_cards
                };
                of.insert(card.id, card);
            }
            Entry::Rate { log } => {
                self.set_schedule(log.card, log.result());
                self.logs.push(log);
            }
            Entry::Correct { log } => {
                self.set_schedule(log.card, log.result());
                match self.logs.iter_mut().rfind(|other| other.id == log.id) {
                    Some(new) => *new = log,
                    None => drop(self.corrected_logs.insert(log.id, log)),
                }
            }
            Entry::SetSchedules { schedules } => {
                schedules.into_iter().for_each(|(card, schedule)| self.set_schedule(card, schedule));
            }
            Entry::ForgetConversation { id } => self.forgotten.push(id),
            Entry::ForgetMessages { ids } => self.forgotten_messages.extend(ids),
            Entry::DeleteCard { id } => {
                self.added_cards.remove(&id);
                self.edited_cards.remove(&id);
                self.added_schedules.remove(&id);
                self.changed_schedules.remove(&id);
                self.deleted.insert(id);
            }
        }
    }
}
