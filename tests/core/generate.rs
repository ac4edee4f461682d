//! Drafts of cards from answers: from a model at a stand-in server, tied to their places, whatever the model does.

use std::{sync::Arc, time::Duration};

use memoryloop_core::{
    Error,
    cards::{Draft, DraftProgress, generate::Drafting},
    chat::{Message, MessageStatus, Role},
    ids::{ConversationId, MessageId},
    llm::{LlmError, SharedModel},
    time::UnixMillis,
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use support::{
    claude,
    http::{Reply, Server, Step},
    http_answers::answer_to,
    http_models::{llama, ollama_model, sonnet},
    ollama::{self, QWEN, last_line, line, stream},
};

fn answer(content: &str) -> Message {
    Message {
        id: MessageId::new(UnixMillis(1)),
        conversation_id: ConversationId::new(UnixMillis(0)),
        role: Role::Assistant,
        content: content.to_owned(),
        status: MessageStatus::Complete,
        model: None,
        usage: None,
        problem: None,
        has_flashcards: false,
        created_at: UnixMillis(1),
    }
}

async fn drafts(model: &SharedModel, answer: &Message) -> Result<Vec<Draft>, Error> {
    Drafting::default().drafts(model.as_ref(), answer, Some("What is it?"), |_| {}).await
}

/// What the model writes, streamed as Ollama does.
fn writes(text: &str) -> Reply {
    stream(&[line(text).as_bytes(), last_line("stop").as_bytes()])
}

fn card(question: &str) -> Value {
    json!({"question": question, "answer": "an answer", "quote": "The sky is blue because air scatters light."})
}

const SKY: &str = "The sky is blue because air scatters light. Short waves are scattered most.";

async fn scripted(replies: impl IntoIterator<Item = Reply>) -> Server {
    let server = ollama::start().await;
    for reply in replies {
        server.script("/api/chat", reply);
    }
    server
}

#[tokio::test]
async fn drafts_rest_on_passages_of_the_answer() {
    let (local, remote) = (ollama::start().await, claude::start().await);
    let answer = answer(&answer_to("Größe – what is spaced repetition?"));
    for model in [llama(&local), ollama_model(&local, QWEN), sonnet(&remote)] {
        let drafts = drafts(&model, &answer).await.unwrap();
        assert!(drafts.len() >= 3, "{drafts:?}");
        for draft in &drafts {
            let source = draft.source.as_ref().unwrap();
            let (start, end) = (source.start as usize, source.end as usize);
            let passage: String = answer.content.chars().skip(start).take(end - start).collect();
            assert_eq!(source.message_id, answer.id);
            assert!(passage.contains(&draft.answer), "{passage:?} {draft:?}");
        }
    }
    let asked = &local.asked("/api/chat");
    assert_eq!(asked[0].body["format"]["required"], json!(["cards"]));
    assert_eq!((&asked[0].body["think"], &asked[1].body["think"]), (&Value::Null, &json!(false)));
    assert_eq!(asked[0].body["options"]["num_ctx"], 8_192);
    let prompt = asked[0].body["messages"][1]["content"].as_str().unwrap();
    assert!(prompt.starts_with("The learner had asked:\nWhat is it?"), "{prompt}");
    let schema = &remote.asked("/v1/messages")[0].body["output_config"]["format"];
    assert_eq!(schema["type"], "json_schema");
}

#[tokio::test]
async fn twenty_thousand_words_are_done_in_parts_and_a_part_that_fails_costs_only_itself() {
    let server = ollama::start().await;
    let paragraph =
        |n: usize| format!("Fact number {n} says that thing {n} is bigger than the thing before it by one.\n\n");
    let answer = answer(&(0..1_250).map(paragraph).collect::<String>());
    assert!(answer.content.split_whitespace().count() >= 20_000);
    server.script_for(
        "/api/chat",
        "Fact number 600 ",
        Reply::json(500, &json!({"error": "llama runner has terminated"})),
    );
    let progress = Mutex::new(Vec::new());
    let model = llama(&server);
    let made = Drafting::default().drafts(model.as_ref(), &answer, None, |at| progress.lock().push(at)).await.unwrap();
    let asked = server.asked("/api/chat");
    let passage = |body: &Value| {
        let prompt = body["messages"][1]["content"].as_str().unwrap().to_owned();
        prompt.split("<passage>\n").nth(1).unwrap().split("\n</passage>").next().unwrap().to_owned()
    };
    let passages: Vec<String> = asked.iter().map(|asked| passage(&asked.body)).collect();
    assert_eq!(passages.join("\n\n") + "\n\n", answer.content, "nothing is left out and nothing comes twice");
    assert_eq!(made.len(), (passages.len() - 1) * 4);
    assert!(made.iter().all(|draft| draft.source.is_some()));
    let last = progress.lock().last().cloned().unwrap();
    let parts = u32::try_from(passages.len()).unwrap();
    assert_eq!(last, DraftProgress { parts_done: parts, parts, drafts: u32::try_from(made.len()).unwrap() });
    assert!(progress.lock().is_sorted_by_key(|at| at.parts_done));
}

#[tokio::test]
async fn a_model_that_is_down_or_silent_is_not_asked_for_the_other_parts() {
    let long = answer(&"The sky is blue because air scatters light.\n\n".repeat(1_000));
    let silence = stream(&[line("{").as_bytes()]).then(Step::Silence);
    for reply in [Reply::json(503, &json!({"error": "server busy"})), silence] {
        let server = scripted([reply]).await;
        let error = drafts(&llama(&server), &long).await.unwrap_err();
        assert!(matches!(error, Error::Llm(LlmError::Overloaded { .. } | LlmError::Silent { .. })), "{error}");
        assert_eq!(server.asked("/api/chat").len(), 1);
    }
}

#[tokio::test]
async fn nothing_to_learn_is_told_without_asking_where_that_is_plain() {
    let server = scripted([writes("{\"cards\": []}")]).await;
    for thin in ["", "You're welcome!", "OK 👍", "---\n\n***"] {
        let error = drafts(&llama(&server), &answer(thin)).await.unwrap_err();
        assert!(matches!(error, Error::NothingToLearn), "{thin:?}: {error}");
    }
    assert!(server.asked("/api/chat").is_empty());
    let error = drafts(&llama(&server), &answer("I am glad that I could help you with this today.")).await.unwrap_err();
    assert!(matches!(error, Error::NothingToLearn));
    assert_eq!(server.asked("/api/chat").len(), 1, "an empty list is an answer");
}

#[tokio::test]
async fn what_a_model_wraps_around_cards_or_leaves_unfinished_is_borne() {
    let whole =
        json!({"cards": [card("Why is the sky blue?"), {"question": 7}, card("Which waves most?")]}).to_string();
    let cut = whole[..whole.len() - 12].to_owned();
    for (text, expected) in
        [(format!("```json\n{whole}\n```"), 2), (format!("Here are your cards:\n{whole}\nHave fun!"), 2), (cut, 1)]
    {
        let server = scripted([writes(&text)]).await;
        let made = drafts(&llama(&server), &answer(SKY)).await.unwrap();
        assert_eq!(made.len(), expected, "{text}");
        let source = made[0].source.as_ref().unwrap();
        assert_eq!((source.start, source.end), (0, 43));
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_asked_for_once_more() {
    let good = json!({"cards": [card("Why is the sky blue?")]}).to_string();
    let server = scripted([writes("I would love to!"), writes(&good)]).await;
    assert_eq!(drafts(&llama(&server), &answer(SKY)).await.unwrap().len(), 1);
    let again = &server.asked("/api/chat")[1].body["messages"][1]["content"];
    assert!(again.as_str().unwrap().contains("could not be read"));
    let server = scripted([writes("I would love to!"), writes("{\"cards\": [1]}")]).await;
    let error = drafts(&llama(&server), &answer(SKY)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Ollama reported an error: the model did not write cards that can be read. Try again, or choose another model."
    );
    assert_eq!(server.asked("/api/chat").len(), 2);
}

#[tokio::test]
async fn the_same_card_twice_is_one_and_a_quote_that_is_not_there_has_no_place() {
    let mut invented = card("Who said so?");
    invented["quote"] = json!("Nobody ever wrote this.");
    let cards = json!({"cards": [card("Why?"), card("why? "), invented]}).to_string();
    let server = scripted([writes(&cards)]).await;
    let made = drafts(&llama(&server), &answer(SKY)).await.unwrap();
    assert_eq!(made.len(), 2);
    assert_eq!(made[1].source, None);
}

#[tokio::test]
async fn failures_are_told_when_nothing_came() {
    let server = scripted([stream(&[line("{\"cards\": [").as_bytes()]).then(Step::Cut)]).await;
    let error = drafts(&llama(&server), &answer(SKY)).await.unwrap_err();
    assert!(matches!(error, Error::Llm(LlmError::ConnectionCut { .. })), "{error}");
    let error = drafts(&ollama_model(&server, "missing"), &answer(SKY)).await.unwrap_err();
    assert!(matches!(error, Error::Llm(LlmError::ModelNotFound { .. })), "{error}");
    let server = claude::start().await;
    let refused = claude::opening() + &claude::piece("{\"cards\": [") + &claude::closing("refusal", 3);
    server.script("/v1/messages", claude::stream(&[refused.as_bytes()]));
    let error = drafts(&sonnet(&server), &answer(SKY)).await.unwrap_err();
    assert!(matches!(error, Error::Llm(LlmError::Refused)), "{error}");
}

#[tokio::test]
async fn one_generation_at_a_time_that_can_be_cancelled() {
    let server = scripted([stream(&[line("{").as_bytes()]).then(Step::Silence)]).await;
    let drafting = Drafting::default();
    let answer = Arc::new(answer(SKY));
    let model = llama(&server);
    let running = tokio::spawn({
        let (drafting, answer, model) = (drafting.clone(), answer.clone(), model.clone());
        async move { drafting.drafts(model.as_ref(), &answer, None, |_| {}).await }
    });
    while server.asked("/api/chat").is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let second = drafting.drafts(model.as_ref(), &answer, None, |_| {}).await.unwrap_err();
    assert!(matches!(second, Error::Busy(_)), "{second}");
    drafting.cancel(answer.id);
    drafting.cancel(answer.id);
    assert_eq!(running.await.unwrap().unwrap(), []);
    assert!(!drafting.drafts(model.as_ref(), &answer, None, |_| {}).await.unwrap().is_empty());
    assert_eq!(server.asked("/api/chat").len(), 2, "the second click asked nothing");
}

#[tokio::test]
async fn only_finished_answers_give_cards() {
    let server = ollama::start().await;
    let mut message = answer(SKY);
    message.status = MessageStatus::Streaming;
    assert!(matches!(drafts(&llama(&server), &message).await.unwrap_err(), Error::Busy(_)));
    message.status = MessageStatus::Interrupted;
    assert!(!drafts(&llama(&server), &message).await.unwrap().is_empty());
    message.role = Role::User;
    assert!(matches!(drafts(&llama(&server), &message).await.unwrap_err(), Error::InvalidInput(_)));
}
