//! Drafts of cards from a text: the model proposes, the person decides. Part by part, and each part's drafts are in the
//! tray before the next is asked for.

use std::{collections::HashSet, ops::Range, time::Duration};

use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::{
    Draft, DraftEvent, DraftOutcome, DraftRequest, FailedPart, NewCard, NewDraft, NoteKind,
    asking::{Answered, Asking},
    duplicates::normalised,
    parts::{LONGEST_PART, Part, parts},
    prompt::{self, Passage},
    quote,
    read::{Kind, Proposed},
    source, surroundings,
};
use crate::{
    Error, Result,
    ids::MessageId,
    llm::{Limits, LlmError, Model},
};

/// With fewer letters than this there is no fact to ask for ("You're welcome!").
const FEWEST_LETTERS: usize = 20;
/// Longest passage that is kept with a draft, characters. A card whose words are not found rests on the whole part.
const LONGEST_PASSAGE: usize = LONGEST_PART;
/// How much of a part that failed is told, characters.
const LONGEST_BEGINNING: usize = 80;

/// A text to make cards from.
#[derive(Clone, Debug)]
pub struct Material {
    /// The whole text: what stands around the range says what it is about.
    pub text: String,
    /// What of it is to become cards, characters.
    pub range: Range<usize>,
    /// Whether the person selected or pasted just this: then there is a fact in it for them, however short it is.
    pub chosen: bool,
    /// What it answers, when that is known.
    pub question: Option<String>,
    /// The answer that it is; none for a pasted text.
    pub message: Option<MessageId>,
}

impl Material {
    /// Whether there can be no fact in it. Other scripts say more with fewer characters.
    #[must_use]
    pub fn is_thin(&self) -> bool {
        let text = source::passage(&self.text, self.range.clone());
        if self.chosen {
            return !text.chars().any(|c| c.is_alphanumeric() || c == '$');
        }
        let letters = text.chars().filter(|c| c.is_alphanumeric()).map(|c| if c.is_ascii() { 1 } else { 2 });
        let formulas = text.matches('$').count() * 5;
        letters.sum::<usize>() + formulas < FEWEST_LETTERS
    }

    /// What to ask for to get cards of this range.
    fn request(&self, range: Range<usize>) -> DraftRequest {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        match self.message {
            Some(message_id) => DraftRequest::Passage { message_id, start: place(range.start), end: place(range.end) },
            None => DraftRequest::Text { text: source::passage(&self.text, range).to_owned() },
        }
    }
}

/// Where drafts go.
pub trait Tray: Send + Sync {
    /// Stores drafts; they are durable when this returns.
    ///
    /// # Errors
    /// When they cannot be; none is then.
    fn put(&self, drafts: Vec<NewDraft>) -> BoxFuture<'_, Result<Vec<Draft>>>;

    fn tell(&self, event: DraftEvent);

    /// What waits there already, question and answer of each: it is not put there twice. Nothing when that is not known.
    fn waiting(&self) -> BoxFuture<'_, Vec<(String, String)>>;

    /// The provider asked to wait.
    fn wait(&self, provider: &'static str, pause: Duration);
}

/// Makes drafts of `materials` and puts them into `tray`. When cancelled, what was made so far stays.
///
/// # Errors
/// Only when no draft was made and nobody cancelled: `NothingToLearn`, or why the first part failed.
pub async fn generate(
    model: &dyn Model,
    materials: &[Material],
    cancelled: &CancellationToken,
    tray: &dyn Tray,
) -> Result<DraftOutcome> {
    if materials.iter().all(Material::is_thin) {
        return Err(Error::NothingToLearn);
    }
    let limits = tokio::select! {
        biased;
        () = cancelled.cancelled() => return Ok(outcome(0, 0, Vec::new(), true)),
        limits = model.limits() => limits?,
    };
    let texts: Vec<&str> = materials.iter().map(|m| source::passage(&m.text, m.range.clone())).collect();
    let pieces: Vec<Piece<'_>> = materials.iter().zip(&texts).flat_map(|(m, text)| pieces(m, text, limits)).collect();
    Work { model, limits, cancelled, tray, pieces }.run().await
}

/// A part of a material.
struct Piece<'a> {
    material: &'a Material,
    part: Part<'a>,
}

impl Piece<'_> {
    /// Its place in the whole text, characters.
    fn range(&self) -> Range<usize> {
        let start = self.material.range.start + self.part.start;
        start..start + self.part.text.chars().count()
    }
}

fn pieces<'a>(material: &'a Material, text: &'a str, limits: Limits) -> Vec<Piece<'a>> {
    // So long that prompt, part and cards fit a small model's window too.
    let longest = usize::try_from(limits.context / 4).unwrap_or(usize::MAX).clamp(400, LONGEST_PART);
    let parts = parts(text, longest).into_iter().filter(|part| !part.text.trim().is_empty());
    parts.map(|part| Piece { material, part }).collect()
}

struct Work<'a> {
    model: &'a dyn Model,
    limits: Limits,
    cancelled: &'a CancellationToken,
    tray: &'a dyn Tray,
    pieces: Vec<Piece<'a>>,
}

impl Work<'_> {
    async fn run(&self) -> Result<DraftOutcome> {
        let waiting = self.tray.waiting().await;
        let mut seen: HashSet<_> = waiting.iter().map(|(question, answer)| identity(question, answer)).collect();
        let (mut made, mut repeated, mut failed, mut failure) = (0, 0, Vec::new(), None);
        for (at, piece) in self.pieces.iter().enumerate() {
            self.tell(at);
            let done = tokio::select! {
                biased;
                () = self.cancelled.cancelled() => return Ok(outcome(made, self.pieces.len(), failed, true)),
                proposed = self.ask(piece) => proposed,
            };
            let stored = match done {
                Ok(Answered { cards, missing }) => {
                    if let Some(why) = missing {
                        failed.extend(failures(&self.pieces[at..=at], &why));
                    }
                    let all = cards.len();
                    let fresh = cards.into_iter().filter(|card| seen.insert(identity(&card.question, &card.answer)));
                    let fresh: Vec<NewDraft> = fresh.map(|card| draft(card, piece)).collect();
                    repeated += all - fresh.len();
                    self.put(fresh).await
                }
                Err(error) => Err(error.into()),
            };
            match stored {
                Ok(count) => made += count,
                Err(error) => {
                    tracing::warn!(%error, part = at, "no drafts from a part of a text");
                    let hopeless = is_hopeless(&error);
                    let rest = if hopeless { &self.pieces[at..] } else { &self.pieces[at..=at] };
                    failed.extend(failures(rest, &error.to_string()));
                    failure.get_or_insert(error);
                    if hopeless {
                        break;
                    }
                }
            }
        }
        self.tell(self.pieces.len());
        match failure {
            Some(error) if made == 0 => Err(error),
            None if made == 0 && repeated == 0 => Err(Error::NothingToLearn),
            _ => Ok(DraftOutcome { repeated: count(repeated), ..outcome(made, self.pieces.len(), failed, false) }),
        }
    }

    fn tell(&self, done: usize) {
        self.tray.tell(DraftEvent::Progress { parts_done: count(done), parts: count(self.pieces.len()) });
    }

    /// Stores drafts, then tells of them; how many. Not cut short by cancelling: what was made is to be kept.
    async fn put(&self, drafts: Vec<NewDraft>) -> Result<usize> {
        if drafts.is_empty() {
            return Ok(0);
        }
        let drafts = self.tray.put(drafts).await?;
        let made = drafts.len();
        self.tray.tell(DraftEvent::Drafts { drafts });
        Ok(made)
    }

    /// The cards of one part. When they cannot be read, or some of them, what is missing is asked for once more; good
    /// ones are kept whatever comes of that.
    async fn ask(&self, piece: &Piece<'_>) -> Result<Answered, LlmError> {
        let before = source::passage(&piece.material.text, 0..piece.range().start);
        let surroundings = surroundings::of(before, piece.part.text);
        let passage = Passage {
            question: piece.material.question.as_deref(),
            surroundings: surroundings.as_deref(),
            text: piece.part.text,
        };
        let asking = Asking { model: self.model, limits: self.limits, tray: self.tray };
        asking.ask(&prompt::request(&passage), |trouble, kept| prompt::again(&passage, trouble, kept)).await
    }
}

/// The card that a model proposes, as it would be kept.
pub(super) fn card_of(proposed: Proposed) -> NewCard {
    let kind = match proposed.kind {
        Kind::Basic => NoteKind::Basic,
        Kind::Reversed => NoteKind::Reversed,
        Kind::Cloze => NoteKind::Cloze,
    };
    NewCard { kind, question: proposed.question, answer: proposed.answer, tags: Vec::new(), source: None }
}

/// A card with the passage it rests on. A quote that the text does not hold is noted as such, and the card rests on the
/// part that the model was given: it was made of that, and its numbers and names can be looked for there.
fn draft(proposed: Proposed, piece: &Piece<'_>) -> NewDraft {
    let found = quote::find(piece.part.text, &proposed.quote);
    let claimed = found.is_none().then(|| proposed.quote.trim().chars().take(LONGEST_PASSAGE).collect());
    let start = piece.range().start;
    let range = found.map_or_else(|| piece.range(), |found| start + found.start..start + found.end);
    let text = &piece.material.text;
    let passage: String = source::passage(text, range.clone()).chars().take(LONGEST_PASSAGE).collect();
    let source = piece.material.message.map(|message| source::of(message, text, range));
    NewDraft {
        passage: Some(passage).filter(|passage| !passage.is_empty()),
        claimed,
        card: NewCard { source, ..card_of(proposed) },
    }
}

/// Two cards are the same when their sides are, whatever their case, marks and white space.
fn identity(question: &str, answer: &str) -> (String, String) {
    (normalised(question), normalised(answer))
}

/// What to ask for again, one request for what lies together in one text.
fn failures(pieces: &[Piece<'_>], message: &str) -> Vec<FailedPart> {
    let mut failed: Vec<FailedPart> = Vec::new();
    for together in pieces.chunk_by(|a, b| std::ptr::eq(a.material, b.material)) {
        let (first, last) = (&together[0], &together[together.len() - 1]);
        let words: String = first.part.text.split_whitespace().collect::<Vec<_>>().join(" ");
        failed.push(FailedPart {
            request: first.material.request(first.range().start..last.range().end),
            begins: words.chars().take(LONGEST_BEGINNING).collect(),
            message: message.to_owned(),
        });
    }
    failed
}

/// Whether the next part must fail the same way, or keep the person waiting as long again for nothing.
fn is_hopeless(error: &Error) -> bool {
    match error {
        Error::Llm(error) => matches!(
            error,
            LlmError::OllamaNotRunning { .. }
                | LlmError::ModelNotFound { .. }
                | LlmError::ClaudeModelNotFound { .. }
                | LlmError::KeyMissing
                | LlmError::KeyInvalid
                | LlmError::NoCredit
                | LlmError::RateLimited { .. }
                | LlmError::Overloaded { .. }
                | LlmError::Unreachable { .. }
                | LlmError::Silent { .. }
                | LlmError::NotTheProtocol { .. }
        ),
        // The tray does not take drafts.
        _ => true,
    }
}

fn outcome(drafts: usize, parts: usize, failed: Vec<FailedPart>, cancelled: bool) -> DraftOutcome {
    DraftOutcome { drafts: count(drafts), repeated: 0, parts: count(parts), failed, cancelled }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::UnixMillis;

    fn is_thin(text: &str) -> bool {
        let message = Some(MessageId::new(UnixMillis(0)));
        let range = 0..text.chars().count();
        Material { text: text.into(), range, chosen: false, question: None, message }.is_thin()
    }

    #[test]
    fn courtesies_are_thin_and_one_fact_is_not() {
        assert!(is_thin(""));
        assert!(is_thin("You're welcome! 😀"));
        assert!(!is_thin("Paris is the capital of France."));
        assert!(!is_thin("水的化学式是H2O，由氢和氧组成"));
        assert!(!is_thin("$E = mc^2$ and $F = ma$"));
    }

    #[test]
    fn what_a_person_chose_has_a_fact() {
        let text = "Vocabulary: die Miete – the rent.";
        let message = Some(MessageId::new(UnixMillis(0)));
        let thin = |text: &str, range: Range<usize>| {
            Material { text: text.into(), range, chosen: true, question: None, message }.is_thin()
        };
        assert!(!thin(text, 12..32));
        assert!(thin(text, 21..24), "a dash");
        assert!(!thin("H2O", 0..3), "all of a short answer");
    }

    #[test]
    fn what_failed_together_is_asked_for_together() {
        let material = |text: &str| {
            let range = 4..text.chars().count();
            Material { text: text.into(), range, chosen: true, question: None, message: None }
        };
        let (one, two) = (material("Not this. One. Two. Three."), material("Not Four."));
        let limits = Limits { context: 0, answer: 0, window_is_ours: true };
        let texts = [&one, &two].map(|m| source::passage(&m.text, m.range.clone()));
        let mut all = pieces(&one, texts[0], limits);
        all.extend(pieces(&two, texts[1], limits));
        let failed = failures(&all, "why");
        let asked: Vec<_> = failed.iter().map(|part| part.request.clone()).collect();
        let text = |text: &str| DraftRequest::Text { text: text.into() };
        assert_eq!(asked, [text("this. One. Two. Three."), text("Four.")]);
        assert_eq!(failed[0].begins, "this. One. Two. Three.");
    }
}
