//! Asking a model for cards: what cannot be read of its answer is asked for once more, and nothing that could be read is
//! lost by that.

use super::{
    Likeness, cloze,
    duplicates::{likeness, normalised},
    generate::Tray,
    prompt::{self, Trouble},
    read::{self, Kind, Proposed},
};
use crate::{
    context,
    llm::{self, Limits, LlmError, Model},
};

/// Asks a model for cards and reads what it writes.
pub(super) struct Asking<'a> {
    pub model: &'a dyn Model,
    pub limits: Limits,
    pub tray: &'a dyn Tray,
}

/// What a model gave when it was asked for cards, once or twice.
#[derive(Debug, Default)]
pub(super) struct Answered {
    pub cards: Vec<Proposed>,
    /// Why these may not be all, for the person.
    pub missing: Option<String>,
}

/// What was read of one attempt.
#[derive(Default)]
struct Attempt {
    cards: Vec<Proposed>,
    /// Clozes whose deletions cannot be read: worth asking for again, and worth mending by hand when that is in vain.
    broken: Vec<Proposed>,
    trouble: Option<Trouble>,
}

impl Asking<'_> {
    /// Asks; and once more, with what `again` makes of the trouble and of the questions of the cards that are kept, when
    /// something could not be read.
    pub(super) async fn ask(
        &self,
        request: &str,
        again: impl Fn(Trouble, &[&str]) -> String + Send,
    ) -> Result<Answered, LlmError> {
        let Attempt { mut cards, mut broken, trouble } = self.once(request).await?;
        let Some(trouble) = trouble else { return Ok(Answered { cards, missing: None }) };
        let request = again(trouble, &cards.iter().map(|card| card.question.as_str()).collect::<Vec<_>>());
        let missing = match self.once(&request).await {
            Ok(second) => {
                let fresh = second.cards.into_iter().filter(|card| !cards.iter().any(|kept| is_again(card, kept)));
                let fresh: Vec<Proposed> = fresh.collect();
                // An answer that brings nothing mends nothing: then the broken ones are all that there is of them.
                let stay = fresh.is_empty() && second.broken.is_empty() && !broken.is_empty();
                cards.extend(fresh);
                if !stay {
                    broken = second.broken;
                }
                second.trouble.or(stay.then_some(Trouble::BadItems(broken.len()))).map(in_vain)
            }
            Err(error) if cards.is_empty() && broken.is_empty() => return Err(error),
            Err(error) => {
                tracing::info!(%error, "what was missing of a part's cards could not be asked for");
                Some(format!("Some cards of this part could not be read, and asking for them again failed. {error}"))
            }
        };
        cards.append(&mut broken);
        match missing {
            Some(message) if cards.is_empty() => {
                Err(LlmError::Reported { provider: self.model.reference().provider.title(), message })
            }
            missing => Ok(Answered { cards, missing }),
        }
    }

    async fn once(&self, request: &str) -> Result<Attempt, LlmError> {
        let request = context::single(prompt::SYSTEM, request, self.limits)?;
        let wait = |provider, pause| self.tray.wait(provider, pause);
        let written = llm::json(self.model, request, prompt::schema(), &wait).await?;
        let Some(reading) = written.value.as_ref().and_then(read::read) else {
            return Ok(Attempt { trouble: Some(Trouble::Unreadable), ..Attempt::default() });
        };
        let whole = |card: &Proposed| card.kind != Kind::Cloze || cloze::numbers(&card.question).is_ok();
        let (cards, broken): (Vec<_>, Vec<_>) = reading.cards.into_iter().partition(whole);
        let bad = reading.bad + broken.len();
        let trouble = if written.cut { Some(Trouble::CutOff) } else { (bad > 0).then_some(Trouble::BadItems(bad)) };
        Ok(Attempt { cards, broken, trouble })
    }
}

/// What to tell when the second attempt was no better.
fn in_vain(trouble: Trouble) -> String {
    let what = match trouble {
        Trouble::Unreadable => "did not write cards that can be read",
        Trouble::BadItems(_) => "wrote some cards that cannot be read",
        Trouble::CutOff => "stopped before it had written all cards",
    };
    format!("The model {what}. Try again, or choose another model.")
}

/// Whether the model wrote a card once more that it was told is kept, maybe in other words.
fn is_again(card: &Proposed, kept: &Proposed) -> bool {
    let same_place = !card.quote.is_empty() && normalised(&card.quote) == normalised(&kept.quote);
    match likeness((&card.question, &card.answer), (&kept.question, &kept.answer)) {
        Some((Likeness::SameText, _)) => true,
        Some(_) => same_place,
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_that_comes_again_is_known_in_other_words() {
        let card = |question: &str, answer: &str, quote: &str| Proposed {
            kind: Kind::Basic,
            question: question.into(),
            answer: answer.into(),
            quote: quote.into(),
        };
        let kept = card("What is the capital of Norway?", "Oslo", "Oslo is the capital of Norway.");
        assert!(is_again(&card("what is the capital of **Norway**", "Oslo.", ""), &kept));
        assert!(is_again(&card("Which city is Norway's capital?", "Oslo", "Oslo is the capital of Norway."), &kept));
        assert!(!is_again(&card("Which city is Norway's capital?", "Oslo", "Elsewhere."), &kept), "the person decides");
        assert!(!is_again(&card("Who founded Oslo?", "Harald Hardrada", "Oslo is the capital of Norway."), &kept));
    }
}
