//! Drafts that ask what a card or another draft asks already: by their words, and by meaning where there are vectors.
//! Costs what is asked about, not what is stored.

use std::{
    collections::{HashMap, HashSet},
    sync::atomic::Ordering,
    time::Duration,
};

use futures::future::try_join_all;
use tokio::time::Instant;

use super::{App, Session, index::tag};
use crate::{
    Error, Result,
    cards::{
        CardKind, Draft, Duplicate, DuplicateOf, Likeness, NoteKind, cloze,
        duplicates::{likeness, normalised, told_apart},
    },
    ids::DraftId,
    lance::Embedding,
    learning::Learning,
    llm::{Embedder, Purpose},
    postgres::drafts,
};

/// Cards looked at for each draft, those with the most words in common and those nearest in meaning.
const BY_TEXT: usize = 20;
const BY_MEANING: usize = 3;
/// Drafts looked at for each draft, those with the most words in common, and so many before it for their meaning.
const AMONG_DRAFTS: usize = 20;
const BEFORE_BY_MEANING: usize = 200;
/// Of the drafts that nothing was asked about, so many are embedded, the latest: they are compared by words in any case.
const OTHERS_EMBEDDED: usize = 64;
/// So many duplicates of one draft are told.
const TOLD: usize = 3;
/// Words of a draft that cards are looked for by: the longest, which are the rarest.
const QUERY_WORDS: usize = 12;
/// A word that more drafts than this have says nothing about one.
const COMMON: usize = 50;
/// From this cosine on, two cards are taken to mean the same. Question and answer are embedded together, and texts of
/// one subject lie between 0.6 and 0.8 with the models that Ollama has; a rewording that keeps both sides lies above
/// 0.9. A false alarm costs a look at two cards side by side.
const SAME_MEANING: f32 = 0.9;
/// What a person waits for vectors: when keeping, and when looking through the tray.
const KEEPING_PATIENCE: Duration = Duration::from_millis(1_500);
const LOOKING_PATIENCE: Duration = Duration::from_secs(8);
/// Texts given to the embedding model at a time, and drafts compared at a time.
const EMBEDDED: usize = 16;
const COMPARED: usize = 4;

impl App {
    /// Likely duplicates of these drafts, among the person's cards and among all drafts that wait. Of two drafts the later
    /// in the tray doubles the other, unless only the other is one of `ids`.
    ///
    /// # Errors
    /// `DatabaseUnavailable`
    pub async fn find_duplicates(&self, ids: Vec<DraftId>) -> Result<Vec<Duplicate>> {
        let (session, db) = self.signed_in().await?;
        let waiting = drafts::list(&db, session.profile.id).await?;
        let asked: HashSet<DraftId> = ids.into_iter().collect();
        let waiting = waiting.into_iter().map(|stored| stored.draft);
        let (asked, others): (Vec<_>, Vec<_>) = waiting.enumerate().partition(|(_, draft)| asked.contains(&draft.id));
        self.duplicates_among(&session, asked, others, LOOKING_PATIENCE).await
    }

    /// Likely duplicates of drafts that are to be kept, among the cards and among one another: to what is kept, a draft
    /// that waits is no card yet.
    pub(super) async fn duplicates_of(&self, session: &Session, drafts: &[Draft]) -> Result<Vec<Duplicate>> {
        let asked = drafts.iter().cloned().enumerate().collect();
        self.duplicates_among(session, asked, Vec::new(), KEEPING_PATIENCE).await
    }

    /// What `asked` double among the cards, themselves and `others`, worst first for each; both with their place in the
    /// tray.
    async fn duplicates_among(
        &self,
        session: &Session,
        asked: Vec<(usize, Draft)>,
        mut others: Vec<(usize, Draft)>,
        patience: Duration,
    ) -> Result<Vec<Duplicate>> {
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let learning = session.learning().await?;
        // Vectors may not suffice for all: first of what was asked about, then of the latest others.
        others.reverse();
        let count = asked.len();
        let drafts: Vec<(usize, Draft)> = asked.into_iter().chain(others).collect();
        let texts: Vec<Text> = drafts.iter().map(|(place, draft)| Text::of(draft, *place)).collect();
        let mut meanings = self.meanings(&texts[..texts.len().min(count + OTHERS_EMBEDDED)], patience).await;
        meanings.resize(texts.len(), None);
        let mut by_card: Vec<Vec<Duplicate>> = Vec::with_capacity(count);
        for (texts, meanings) in texts[..count].chunks(COMPARED).zip(meanings[..count].chunks(COMPARED)) {
            let mut asked = Vec::with_capacity(COMPARED);
            for (text, meaning) in texts.iter().zip(meanings) {
                asked.push(of_cards(learning, text, meaning.as_ref()));
            }
            by_card.extend(try_join_all(asked).await?);
        }
        let mut compared: Vec<Compared> = texts
            .into_iter()
            .zip(meanings)
            .enumerate()
            .map(|(at, (text, meaning))| Compared { text, meaning, asked: at < count })
            .collect();
        compared.sort_by_key(|one| one.text.place);
        let mut found: HashMap<DraftId, Vec<Duplicate>> = HashMap::new();
        // A tray of a thousand drafts takes long enough to keep others waiting.
        let among = tokio::task::spawn_blocking(move || among_drafts(&compared)).await.map_err(Error::internal)?;
        let mut order = Vec::new();
        for duplicate in by_card.into_iter().flatten().chain(among) {
            let of_one = found.entry(duplicate.draft_id).or_default();
            if of_one.is_empty() {
                order.push(duplicate.draft_id);
            }
            of_one.push(duplicate);
        }
        let worst = order.into_iter().filter_map(|id| found.remove(&id)).flat_map(|mut of_one| {
            of_one.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
            of_one.truncate(TOLD);
            of_one
        });
        Ok(worst.collect())
    }

    /// What the drafts mean, as far as there are vectors in time.
    async fn meanings(&self, texts: &[Text], patience: Duration) -> Vec<Option<Embedding>> {
        let mut meanings = Vec::with_capacity(texts.len());
        let end = Instant::now() + patience;
        // Where the index found no embedding model, asking for one would only cost time.
        if self.inner.embeds.load(Ordering::Relaxed) {
            let embedder = self.embedder();
            for some in texts.chunks(EMBEDDED) {
                let some: Vec<String> = some.iter().map(|text| text.whole.clone()).collect();
                // As the cards are, or a text and its copy would not be near.
                let made = tokio::time::timeout_at(end, embedder.embed(Purpose::Document, &some)).await;
                let Ok(Ok(made)) = made else { break };
                let version = tag(&made.version);
                let embedding = |vector| Embedding { version: version.clone(), vector };
                meanings.extend(made.vectors.into_iter().map(|vector| vector.map(embedding)));
            }
        }
        meanings.resize(texts.len(), None);
        meanings
    }
}

/// A draft as it is compared.
struct Text {
    id: DraftId,
    /// In the tray.
    place: usize,
    /// What it asks and what for: a cloze for each of its numbers.
    sides: Vec<(String, String)>,
    /// As its card would be embedded.
    whole: String,
    words: HashSet<String>,
}

impl Text {
    fn of(draft: &Draft, place: usize) -> Self {
        let (question, answer) = (&draft.card.question, &draft.card.answer);
        let sides = sides(draft.card.kind == NoteKind::Cloze, question, answer);
        let whole = format!("{}\n{answer}", cloze::plain(question));
        let words = normalised(&whole).split_whitespace().map(str::to_owned).collect();
        Self { id: draft.id, place, sides, whole, words }
    }

    /// The words by which cards are looked for.
    fn query(&self) -> String {
        let mut words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        words.sort_unstable_by_key(|word| (std::cmp::Reverse(word.chars().count()), *word));
        words.truncate(QUERY_WORDS);
        words.join(" ")
    }

    fn like(&self, others: &[(String, String)]) -> Option<(Likeness, f32)> {
        let pairs = self.sides.iter().flat_map(|own| others.iter().map(move |other| (own, other)));
        let alike = pairs.filter_map(|(a, b)| likeness((&a.0, &a.1), (&b.0, &b.1)));
        alike.max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// As near in meaning as `cosine`, and nothing in their words speaks against it.
    fn means(&self, others: &[(String, String)], cosine: f32) -> Option<(Likeness, f32)> {
        if cosine < SAME_MEANING {
            return None;
        }
        let mut pairs = self.sides.iter().flat_map(|own| others.iter().map(move |other| (own, other)));
        let same = pairs.any(|(a, b)| !told_apart((&a.0, &a.1), (&b.0, &b.1)));
        same.then_some((Likeness::SameMeaning, cosine.min(1.0)))
    }

    fn duplicate(&self, of: DuplicateOf, (by, similarity): (Likeness, f32)) -> Duplicate {
        Duplicate { draft_id: self.id, of, by, similarity }
    }
}

/// A cloze asks for what it hides, whatever it adds to that.
fn sides(is_cloze: bool, question: &str, answer: &str) -> Vec<(String, String)> {
    let asked = if is_cloze { cloze::asked(question) } else { Vec::new() };
    if asked.is_empty() { vec![(cloze::plain(question), answer.to_owned())] } else { asked }
}

async fn of_cards(learning: &Learning, text: &Text, meaning: Option<&Embedding>) -> Result<Vec<Duplicate>> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let query = text.query();
    if !query.is_empty() {
        for card in learning.cards_like(&query, BY_TEXT).await? {
            if let Some(like) = text.like(&sides(card.kind == CardKind::Cloze, &card.question, &card.answer)) {
                seen.insert(card.id);
                found.push(text.duplicate(DuplicateOf::Card { card }, like));
            }
        }
    }
    if let Some(meaning) = meaning {
        for (card, cosine) in learning.cards_meaning(meaning, BY_MEANING).await? {
            let sides = sides(card.kind == CardKind::Cloze, &card.question, &card.answer);
            if let Some(like) = text.means(&sides, cosine).filter(|_| seen.insert(card.id)) {
                found.push(text.duplicate(DuplicateOf::Card { card }, like));
            }
        }
    }
    Ok(found)
}

/// A draft among those that it is compared with.
struct Compared {
    text: Text,
    meaning: Option<Embedding>,
    asked: bool,
}

/// Which of the drafts that were asked about double another: of two that are alike the later one is the duplicate, if it
/// was asked about.
fn among_drafts(all: &[Compared]) -> Vec<Duplicate> {
    let mut having: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut found = Vec::new();
    for (at, one) in all.iter().enumerate() {
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for word in &one.text.words {
            let others = having.entry(word).or_default();
            // Of a word that all have, the latest are enough to find what was made in one go.
            others.iter().rev().take(COMMON).for_each(|&other| *shared.entry(other).or_default() += 1);
            others.push(at);
        }
        let concerns = |other: &usize| one.asked || all[*other].asked;
        let mut candidates: Vec<(usize, usize)> = shared.into_iter().filter(|(other, _)| concerns(other)).collect();
        candidates.sort_unstable_by_key(|&(other, words)| (std::cmp::Reverse(words), other));
        let mut seen = HashSet::new();
        for (other, _) in candidates.into_iter().take(AMONG_DRAFTS) {
            if let Some(like) = one.text.like(&all[other].text.sides) {
                seen.insert(other);
                found.push(of_draft(one, &all[other], like));
            }
        }
        for other in (at.saturating_sub(BEFORE_BY_MEANING)..at).filter(concerns) {
            let near = cosine(one.meaning.as_ref(), all[other].meaning.as_ref()).filter(|_| !seen.contains(&other));
            if let Some(like) = near.and_then(|near| one.text.means(&all[other].text.sides, near)) {
                found.push(of_draft(one, &all[other], like));
            }
        }
    }
    found
}

fn of_draft(later: &Compared, earlier: &Compared, like: (Likeness, f32)) -> Duplicate {
    let (one, other) = if later.asked { (later, earlier) } else { (earlier, later) };
    one.text.duplicate(DuplicateOf::Draft { draft_id: other.text.id }, like)
}

/// Of two vectors of one model.
fn cosine(a: Option<&Embedding>, b: Option<&Embedding>) -> Option<f32> {
    let (a, b) = a.zip(b).filter(|(a, b)| a.version == b.version && a.vector.len() == b.vector.len())?;
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let length = (dot(&a.vector, &a.vector) * dot(&b.vector, &b.vector)).sqrt();
    (length > 0.0).then(|| dot(&a.vector, &b.vector) / length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cards::NewCard, time::UnixMillis};

    fn compared(place: usize, question: &str, answer: &str, vector: &[f32], asked: bool) -> Compared {
        let card = NewCard {
            kind: NoteKind::Basic,
            question: question.into(),
            answer: answer.into(),
            tags: Vec::new(),
            source: None,
        };
        let draft = Draft {
            id: DraftId::new(UnixMillis(0)),
            card,
            passage: None,
            claimed: None,
            findings: Vec::new(),
            created_at: UnixMillis(0),
        };
        let meaning = Some(Embedding { version: "v".into(), vector: vector.to_vec() });
        Compared { text: Text::of(&draft, place), meaning, asked }
    }

    #[test]
    fn drafts_are_compared_by_meaning_but_not_across_other_numbers() {
        let near = [1.0, 0.1];
        let all = [
            compared(0, "Which medicine thins the blood?", "Heparin", &[1.0, 0.0], false),
            compared(1, "What stops clotting?", "Heparin, as an infusion", &near, true),
            compared(2, "When did World War I begin?", "1914", &near, true),
            compared(3, "When did World War I end?", "1918", &near, true),
            compared(4, "Blood thinner?", "Heparin", &[0.0, 1.0], true),
        ];
        let pairs: Vec<_> = among_drafts(&all).into_iter().map(|found| (found.draft_id, found.of, found.by)).collect();
        let of = |at: usize| DuplicateOf::Draft { draft_id: all[at].text.id };
        assert_eq!(pairs, [(all[1].text.id, of(0), Likeness::SameMeaning)]);
    }

    #[test]
    fn of_two_drafts_one_must_have_been_asked_about() {
        let all = |asked: [bool; 3]| {
            let same = |place: usize| compared(place, "What is the capital of Norway?", "Oslo", &[1.0], asked[place]);
            among_drafts(&[same(0), same(1), same(2)]).len()
        };
        assert_eq!(
            (all([false; 3]), all([true, false, false]), all([false, false, true]), all([true; 3])),
            (0, 2, 2, 3)
        );
    }

    #[test]
    fn a_thousand_drafts_of_one_making_are_not_taken_for_one_another() {
        let all: Vec<Compared> = (0..1_000)
            .map(|n| {
                let vector: Vec<f32> = (0..768).map(|at| ((n * 31 + at * 17) % 97) as f32 - 48.0).collect();
                let question = format!("What is the boiling point of substance {n} at sea level?");
                compared(n, &question, &format!("{n} degrees"), &vector, true)
            })
            .collect();
        assert_eq!(among_drafts(&all), []);
    }
}
