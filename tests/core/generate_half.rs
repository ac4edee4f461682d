//! Drafts from a model's answer that breaks off in the middle: what is whole in it is kept.

use memoryloop_core::{Error, cards::DraftRequest, llm::LlmError};
use serde_json::{Value, json};
use support::{
    claude,
    http::{Reply, Step},
    http_models::{llama, sonnet},
    ollama::{last_line, line, stream},
};

use crate::generate::{SKY, card, drafts, made, prompt, scripted, writes};

/// Two cards, the second of them cut in its middle.
fn half() -> String {
    let whole = json!({"cards": [card("Why is the sky blue?"), card("Which waves most?")]}).to_string();
    let second = whole.find("Which waves").unwrap();
    whole[..second + 8].to_owned()
}

fn broken() -> Vec<Reply> {
    let begun = || stream(&[line(&half()).as_bytes()]);
    let error = stream(&[line(&half()).as_bytes(), b"{\"error\":\"out of memory\"}\n"]);
    vec![error, begun().then(Step::Cut), begun().then(Step::Silence)]
}

#[tokio::test]
async fn what_is_whole_in_half_an_answer_is_kept_and_the_rest_is_asked_for() {
    for reply in broken() {
        let rest = json!({"cards": [card("Why is the sky blue?"), card("Which waves most?")]}).to_string();
        let server = scripted([reply, writes(&rest)]).await;
        let made = drafts(&llama(&server), SKY).await.unwrap();
        let questions: Vec<&str> = made.iter().map(|draft| draft.card.question.as_str()).collect();
        assert_eq!(questions, ["Why is the sky blue?", "Which waves most?"]);
        let again = prompt(&server, 1);
        assert!(again.contains("broke off") && again.contains("Why is the sky blue?"), "{again}");
    }
}

#[tokio::test]
async fn it_is_kept_too_when_the_rest_cannot_be_had() {
    for reply in broken() {
        let down = Reply::json(500, &json!({"error": "llama runner has terminated"}));
        let server = scripted([reply, down]).await;
        let (made, outcome) = made(&llama(&server), SKY).await.unwrap();
        assert_eq!((made.len(), made[0].card.question.as_str()), (1, "Why is the sky blue?"));
        // That there should be more is said, and it can be asked for.
        let [failed] = outcome.failed.as_slice() else { panic!("{outcome:?}") };
        assert!(failed.message.contains("asking for them again failed"), "{failed:?}");
        assert!(matches!(&failed.request, DraftRequest::Passage { start: 0, end, .. } if *end as usize == SKY.len()));
    }
}

#[tokio::test]
async fn twice_cut_at_the_limit_is_told_beside_what_came() {
    let cut = || stream(&[line(&half()).as_bytes(), last_line("length").as_bytes()]);
    let server = scripted([cut(), cut()]).await;
    let (made, outcome) = made(&llama(&server), SKY).await.unwrap();
    assert_eq!((made.len(), outcome.drafts, outcome.failed.len()), (1, 1, 1));
    assert!(outcome.failed[0].message.contains("stopped before"), "{outcome:?}");
}

#[tokio::test]
async fn a_cloze_that_cannot_be_read_is_asked_for_again_and_never_lost() {
    let cloze = |text: &str| json!({"question": text, "answer": "", "kind": "cloze", "quote": SKY});
    let nested = "The sky is {{c1::blue {{c2::by day}}}}.";
    let cards = |all: &[Value]| json!({ "cards": all }).to_string();
    let first = cards(&[card("Why is the sky blue?"), cloze(nested)]);
    let mended = cards(&[cloze("The sky is {{c1::blue}} by day.")]);
    let server = scripted([writes(&first), writes(&mended)]).await;
    let (whole, outcome) = made(&llama(&server), SKY).await.unwrap();
    let questions: Vec<&str> = whole.iter().map(|draft| draft.card.question.as_str()).collect();
    assert_eq!(questions, ["Why is the sky blue?", "The sky is {{c1::blue}} by day."]);
    assert!(outcome.failed.is_empty() && prompt(&server, 1).contains("held a card that could not be read"));
    // Nothing, or nothing that can be read, comes of asking again.
    for nothing in [cards(&[]), "I cannot.".into(), cards(&[card("why is the sky blue")])] {
        let server = scripted([writes(&first), writes(&nothing)]).await;
        let (left, outcome) = made(&llama(&server), SKY).await.unwrap();
        assert_eq!((left.len(), left[1].card.question.as_str(), outcome.failed.len()), (2, nested, 1), "{nothing}");
    }
    // Broken again: it waits in the tray for the person to mend it.
    let server = scripted([writes(&first), writes(&cards(&[cloze(nested)]))]).await;
    let (left, outcome) = made(&llama(&server), SKY).await.unwrap();
    assert_eq!((left.len(), left[1].card.question.as_str(), outcome.failed.len()), (2, nested, 1));
}

#[tokio::test]
async fn nothing_whole_or_nothing_that_may_be_used_is_told_as_what_failed() {
    let server = scripted([stream(&[line("{\"cards\": [{\"question\": \"Wh").as_bytes()]).then(Step::Cut)]).await;
    let error = drafts(&llama(&server), SKY).await.unwrap_err();
    assert!(matches!(error, Error::Llm(LlmError::ConnectionCut { .. })), "{error}");
    // A model that declines in the middle takes back what it wrote.
    let server = claude::start().await;
    let refused = claude::opening() + &claude::piece(&half()) + &claude::closing("refusal", 3);
    server.script("/v1/messages", claude::stream(&[refused.as_bytes()]));
    let error = drafts(&sonnet(&server), SKY).await.unwrap_err();
    assert!(matches!(error, Error::Llm(LlmError::Refused)), "{error}");
}
