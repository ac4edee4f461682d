//! A draft that lint objects to, mended by a model: the person sees what it proposes and decides.

use super::{
    Draft, NewCard,
    asking::{Answered, Asking},
    generate::{Tray, card_of},
    prompt::{self, Trouble},
};
use crate::{Error, Result, llm::Model};

/// What `model` proposes in the place of `draft`: one card, or several when it should be split. They keep its source
/// and tags. Nothing is put into `tray`; it is told when the provider asks to wait.
///
/// # Errors
/// `InvalidInput` when there is nothing to mend; how a model fails.
pub async fn repair(model: &dyn Model, draft: &Draft, tray: &dyn Tray) -> Result<Vec<NewCard>> {
    if draft.findings.is_empty() {
        return Err(Error::InvalidInput("There is nothing to mend in this card.".into()));
    }
    let first = request(draft);
    let asking = Asking { model, limits: model.limits().await?, tray };
    let again = |trouble, kept: &[&str]| request_again(&first, trouble, kept);
    let Answered { cards: proposed, missing } = asking.ask(&first, again).await?;
    // A part of what a card is to be split into would lose the rest of it when it is accepted.
    if let Some(why) = missing {
        return Err(Error::InvalidInput(why));
    }
    if proposed.is_empty() {
        return Err(Error::InvalidInput(
            "The model proposed nothing in its place. Edit the card yourself, or choose another model.".into(),
        ));
    }
    let keep = |card| NewCard { tags: draft.card.tags.clone(), source: draft.card.source.clone(), ..card_of(card) };
    Ok(proposed.into_iter().map(keep).collect())
}

fn request(draft: &Draft) -> String {
    let passage = draft.passage.as_deref().unwrap_or_default();
    let mut text = if passage.is_empty() {
        String::new()
    } else {
        let (open, close) = (prompt::PASSAGE_OPEN, prompt::PASSAGE_CLOSE);
        format!("{open}\n{}\n{close}\n\nThe card below was made from this passage. ", passage.trim())
    };
    text.push_str("An expert objects to this flashcard:\n");
    let kind = serde_json::to_value(draft.card.kind).unwrap_or_default();
    let card = serde_json::json!({"kind": kind, "question": draft.card.question, "answer": draft.card.answer});
    text.push_str(&card.to_string());
    text.push_str("\n\nObjections:");
    for finding in &draft.findings {
        text.push_str("\n- ");
        text.push_str(&finding.message);
    }
    text.push_str(
        "\n\nMend the card so that each objection is met, and change nothing else. Ask for the same fact. Make several \
         cards only when an objection demands that it be split. Answer as JSON: ",
    );
    text.push_str(prompt::SHAPE);
    text.push('.');
    text
}

/// The same once more, after an answer of which only the cards with the questions `kept` could be read.
fn request_again(first: &str, trouble: Trouble, kept: &[&str]) -> String {
    let what = if trouble == Trouble::CutOff { "broke off before its end" } else { "could not be read as a whole" };
    let mut text = format!("{first} Your last attempt {what}.");
    prompt::name_kept(&mut text, kept);
    text.push_str(" Write nothing but this one JSON object.");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cards::{Finding, NoteKind, Rule},
        ids::DraftId,
        time::UnixMillis,
    };

    #[test]
    fn the_model_is_told_the_card_the_passage_and_every_objection() {
        let finding = |message: &str| Finding { rule: Rule::LongAnswer, message: message.into() };
        let draft = Draft {
            id: DraftId::new(UnixMillis(0)),
            card: NewCard {
                kind: NoteKind::Reversed,
                question: "\"Oslo\"".into(),
                answer: "capital".into(),
                tags: vec![],
                source: None,
            },
            passage: Some("Oslo is the capital.".into()),
            claimed: None,
            findings: vec![finding("Too long."), finding("Too vague.")],
            created_at: UnixMillis(0),
        };
        let text = request(&draft);
        for part in
            ["<passage>\nOslo is the capital.\n</passage>", "\\\"Oslo\\\"", "reversed", "- Too long.\n- Too vague."]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
        let again = request_again("Mend it.", Trouble::BadItems(1), &["Who\nwas it?"]);
        assert!(
            again.starts_with("Mend it. ")
                && again.contains("kept, write only those that are missing:\n- Who was it?\n"),
            "{again}"
        );
        assert!(!request_again("Mend it.", Trouble::CutOff, &[]).contains("kept"));
        assert!(!request(&Draft { passage: None, ..draft }).contains("<passage>"));
    }
}
