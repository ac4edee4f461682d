//! Drafts of cards from a text: from a model at a stand-in server, tied to their places, whatever the model does.

use std::{sync::Arc, time::Duration};

use futures::{
    FutureExt,
    future::{BoxFuture, ready},
};
use memoryloop_core::{
    Error,
    cards::{
        Draft, DraftEvent, DraftOutcome, DraftRequest, NewDraft, NoteKind,
        generate::{self, Material, Tray},
        source,
    },
    ids::{DraftId, MessageId},
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
use tokio_util::sync::CancellationToken;

/// A tray in memory, which a test can close.
#[derive(Default)]
struct Pocket {
    drafts: Mutex<Vec<NewDraft>>,
    told: Mutex<Vec<DraftEvent>>,
    full: bool,
}

impl Tray for Pocket {
    fn put(&self, drafts: Vec<NewDraft>) -> BoxFuture<'_, Result<Vec<Draft>, Error>> {
        if self.full {
            return ready(Err(Error::DiskFull { path: "the database".into() })).boxed();
        }
        self.drafts.lock().extend(drafts.clone());
        let draft = |new: NewDraft| Draft {
            id: DraftId::new(UnixMillis(0)),
            card: new.card,
            passage: new.passage,
            claimed: new.claimed,
            findings: Vec::new(),
            created_at: UnixMillis(0),
        };
        ready(Ok(drafts.into_iter().map(draft).collect())).boxed()
    }

    fn tell(&self, event: DraftEvent) {
        self.told.lock().push(event);
    }

    fn waiting(&self) -> BoxFuture<'_, Vec<(String, String)>> {
        let drafts = self.drafts.lock();
        let sides = drafts.iter().map(|draft| (draft.card.question.clone(), draft.card.answer.clone()));
        ready(sides.collect()).boxed()
    }

    fn wait(&self, provider: &'static str, pause: Duration) {
        let until = UnixMillis(i64::try_from(pause.as_millis()).unwrap());
        self.tell(DraftEvent::Waiting { message: provider.into(), until });
    }
}

fn material(content: &str) -> Material {
    Material {
        text: content.to_owned(),
        range: 0..content.chars().count(),
        chosen: false,
        question: Some("What is it?".into()),
        message: Some(MessageId::new(UnixMillis(1))),
    }
}

async fn make(model: &SharedModel, of: &[Material], tray: &Pocket) -> Result<DraftOutcome, Error> {
    generate::generate(model.as_ref(), of, &CancellationToken::new(), tray).await
}

pub async fn drafts(model: &SharedModel, content: &str) -> Result<Vec<NewDraft>, Error> {
    Ok(made(model, content).await?.0)
}

/// The drafts of a text, and what is told of their making.
pub async fn made(model: &SharedModel, content: &str) -> Result<(Vec<NewDraft>, DraftOutcome), Error> {
    let tray = Pocket::default();
    let outcome = make(model, &[material(content)], &tray).await?;
    let drafts = tray.drafts.into_inner();
    assert_eq!(outcome.drafts as usize, drafts.len());
    Ok((drafts, outcome))
}

/// What the model writes, streamed as Ollama does.
pub fn writes(text: &str) -> Reply {
    stream(&[line(text).as_bytes(), last_line("stop").as_bytes()])
}

pub fn card(question: &str) -> Value {
    json!({"question": question, "answer": "an answer", "quote": "The sky is blue because air scatters light."})
}

pub const SKY: &str = "The sky is blue because air scatters light. Short waves are scattered most.";

pub async fn scripted(replies: impl IntoIterator<Item = Reply>) -> Server {
    let server = ollama::start().await;
    for reply in replies {
        server.script("/api/chat", reply);
    }
    server
}

/// What was asked the `n`-th time.
pub fn prompt(server: &Server, n: usize) -> String {
    server.asked("/api/chat")[n].body["messages"][1]["content"].as_str().unwrap().to_owned()
}

fn passage_of(prompt: &str) -> String {
    prompt.split("<passage>\n").nth(1).unwrap().split("\n</passage>").next().unwrap().to_owned()
}

#[tokio::test]
async fn drafts_rest_on_passages_of_the_answer() {
    let (local, remote) = (ollama::start().await, claude::start().await);
    let answer = material(&answer_to("Größe – what is spaced repetition?"));
    for model in [llama(&local), ollama_model(&local, QWEN), sonnet(&remote)] {
        let tray = Pocket::default();
        make(&model, std::slice::from_ref(&answer), &tray).await.unwrap();
        let drafts = tray.drafts.into_inner();
        assert!(drafts.len() >= 3, "{drafts:?}");
        for draft in &drafts {
            let place = draft.card.source.as_ref().unwrap();
            let passage = source::passage(&answer.text, place.start as usize..place.end as usize);
            assert_eq!((Some(place.message_id), draft.passage.as_deref()), (answer.message, Some(passage)));
            assert_eq!(place.hash.as_deref(), Some(source::hash(passage).as_str()));
            assert!(passage.contains(&draft.card.answer), "{passage:?} {draft:?}");
        }
    }
    let asked = &local.asked("/api/chat");
    assert_eq!(asked[0].body["format"]["required"], json!(["cards"]));
    assert_eq!((&asked[0].body["think"], &asked[1].body["think"]), (&Value::Null, &json!(false)));
    assert_eq!(asked[0].body["options"]["num_ctx"], 8_192);
    assert!(prompt(&local, 0).starts_with("The learner had asked:\nWhat is it?"), "{}", prompt(&local, 0));
    let schema = &remote.asked("/v1/messages")[0].body["output_config"]["format"];
    assert_eq!(schema["type"], "json_schema");
    assert_eq!(
        schema["schema"]["properties"]["cards"]["items"]["properties"]["kind"]["enum"],
        json!(["basic", "reversed", "cloze"])
    );
}

#[tokio::test]
async fn twenty_thousand_words_are_done_in_parts_and_a_part_that_fails_costs_only_itself() {
    let server = ollama::start().await;
    let paragraph =
        |n: usize| format!("Fact number {n} says that thing {n} is bigger than the thing before it by one.\n\n");
    let answer = material(&(0..1_250).map(paragraph).collect::<String>());
    assert!(answer.text.split_whitespace().count() >= 20_000);
    server.script_for(
        "/api/chat",
        "Fact number 600 ",
        Reply::json(500, &json!({"error": "llama runner has terminated"})),
    );
    let tray = Pocket::default();
    let outcome = make(&llama(&server), std::slice::from_ref(&answer), &tray).await.unwrap();
    let prompts: Vec<String> = (0..server.asked("/api/chat").len()).map(|n| prompt(&server, n)).collect();
    let passages: Vec<String> = prompts.iter().map(|prompt| passage_of(prompt)).collect();
    assert_eq!(passages.join("\n\n") + "\n\n", answer.text, "nothing is left out and nothing comes twice");
    // What a seam needs to be understood goes along, apart from what cards are made of.
    let before = passages[0].lines().last().unwrap();
    assert!(
        prompts[1].contains(&format!("make no cards of this:\nBefore it stands: {before}\n\n<passage>")),
        "{}",
        prompts[1]
    );
    assert!(!passages[1].contains(before));

    let parts = u32::try_from(passages.len()).unwrap();
    assert_eq!((outcome.drafts, outcome.parts, outcome.cancelled), ((parts - 1) * 4, parts, false));
    assert!(tray.drafts.lock().iter().all(|draft| draft.card.source.is_some()));
    let [failed] = outcome.failed.as_slice() else { panic!("{:?}", outcome.failed) };
    let DraftRequest::Passage { message_id, start, end } = failed.request else { panic!("{failed:?}") };
    let lost = source::passage(&answer.text, start as usize..end as usize);
    assert!(lost.contains("Fact number 600 ") && lost.starts_with(&failed.begins[..40]), "{failed:?}");
    assert_eq!(Some(message_id), answer.message);
    let told = tray.told.into_inner();
    let at: Vec<u32> = told
        .iter()
        .filter_map(|e| if let DraftEvent::Progress { parts_done, .. } = e { Some(*parts_done) } else { None })
        .collect();
    assert_eq!(at, (0..=parts).collect::<Vec<_>>());
    let shown: usize = told.iter().map(|e| if let DraftEvent::Drafts { drafts } = e { drafts.len() } else { 0 }).sum();
    assert_eq!(shown, outcome.drafts as usize);

    // Asked for again, the part gives its drafts, at their places in the whole.
    let again = Material { range: start as usize..end as usize, ..answer.clone() };
    let second = Pocket::default();
    let outcome = make(&llama(&server), &[again], &second).await.unwrap();
    assert_eq!((outcome.drafts, outcome.failed.len()), (4, 0));
    for draft in second.drafts.into_inner() {
        let place = draft.card.source.unwrap();
        assert!(place.start >= start && place.end <= end);
        assert_eq!(source::passage(&answer.text, place.start as usize..place.end as usize), draft.passage.unwrap());
    }
}

#[tokio::test]
async fn several_answers_and_a_pasted_text_are_done_each_by_itself() {
    let server = ollama::start().await;
    let pasted =
        Material { message: None, question: None, ..material("Oslo is the capital of the kingdom of Norway.") };
    let tray = Pocket::default();
    let outcome = make(&llama(&server), &[material(SKY), material("Thanks!"), pasted], &tray).await.unwrap();
    assert_eq!(outcome.parts, 3);
    let drafts = tray.drafts.into_inner();
    let last = drafts.last().unwrap();
    assert_eq!(
        (&last.card.source, last.passage.as_deref()),
        (&None, Some("Oslo is the capital of the kingdom of Norway."))
    );
    assert!(drafts[0].card.source.is_some());
    assert!(!prompt(&server, 2).contains("The learner had asked"));
}

#[tokio::test]
async fn a_model_that_is_down_or_silent_is_not_asked_for_the_other_parts() {
    let long = "The sky is blue because air scatters light.\n\n".repeat(1_000);
    let silence = stream(&[line("{").as_bytes()]).then(Step::Silence);
    let busy = (0..5).map(|_| Reply::json(503, &json!({"error": "server busy"})));
    for replies in [busy.collect(), vec![silence]] {
        let server = scripted(replies).await;
        let error = drafts(&llama(&server), &long).await.unwrap_err();
        assert!(matches!(error, Error::Llm(LlmError::Overloaded { .. } | LlmError::Silent { .. })), "{error}");
        let passages: std::collections::HashSet<String> =
            (0..server.asked("/api/chat").len()).map(|n| passage_of(&prompt(&server, n))).collect();
        assert_eq!(passages.len(), 1, "only the first part was asked for");
    }
    // After a part that went well, what is left is told as one thing to ask for again.
    let good = json!({"cards": [card("Why is the sky blue?")]}).to_string();
    let server = scripted([writes(&good), stream(&[line("{").as_bytes()]).then(Step::Silence)]).await;
    let (tray, answer) = (Pocket::default(), material(&long));
    let outcome = make(&llama(&server), std::slice::from_ref(&answer), &tray).await.unwrap();
    let [rest] = outcome.failed.as_slice() else { panic!("{:?}", outcome.failed) };
    let DraftRequest::Passage { start, end, .. } = rest.request else { panic!("{rest:?}") };
    assert_eq!((outcome.drafts, end as usize), (1, long.chars().count()));
    assert!(source::passage(&long, 0..start as usize).ends_with("light.\n\n"));
}

#[tokio::test]
async fn drafts_that_cannot_be_stored_are_told_as_failed_and_no_more_are_paid_for() {
    let server = ollama::start().await;
    let tray = Pocket { full: true, ..Pocket::default() };
    let long = material(&"The sky is blue because air scatters light.\n\n".repeat(1_000));
    let error = make(&llama(&server), &[long], &tray).await.unwrap_err();
    assert!(matches!(error, Error::DiskFull { .. }), "{error}");
    assert_eq!(server.asked("/api/chat").len(), 1);
}

#[tokio::test]
async fn nothing_to_learn_is_told_without_asking_where_that_is_plain() {
    let server = scripted([writes("{\"cards\": []}")]).await;
    for thin in ["", "You're welcome!", "OK 👍", "---\n\n***"] {
        let error = drafts(&llama(&server), thin).await.unwrap_err();
        assert!(matches!(error, Error::NothingToLearn), "{thin:?}: {error}");
    }
    assert!(server.asked("/api/chat").is_empty());
    let error = drafts(&llama(&server), "I am glad that I could help you with this today.").await.unwrap_err();
    assert!(matches!(error, Error::NothingToLearn));
    assert_eq!(server.asked("/api/chat").len(), 1, "an empty list is an answer");
}

#[tokio::test]
async fn what_a_model_wraps_around_cards_is_borne() {
    let whole = json!({"cards": [card("Why is the sky blue?"), card("Which waves most?")]}).to_string();
    for text in [format!("```json\n{whole}\n```"), format!("Here are your cards:\n{whole}\nHave fun!")] {
        let server = scripted([writes(&text)]).await;
        let made = drafts(&llama(&server), SKY).await.unwrap();
        assert_eq!(made.len(), 2, "{text}");
        let source = made[0].card.source.as_ref().unwrap();
        assert_eq!((source.start, source.end), (0, 43));
        assert_eq!(server.asked("/api/chat").len(), 1);
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_asked_for_once_more() {
    let good = json!({"cards": [card("Why is the sky blue?")]}).to_string();
    let server = scripted([writes("I would love to!"), writes(&good)]).await;
    assert_eq!(drafts(&llama(&server), SKY).await.unwrap().len(), 1);
    assert!(prompt(&server, 1).contains("could not be read"));
    let server = scripted([writes("I would love to!"), writes("{\"cards\": [1]}")]).await;
    let error = drafts(&llama(&server), SKY).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Ollama reported an error: The model did not write cards that can be read. Try again, or choose another model."
    );
    assert_eq!(server.asked("/api/chat").len(), 2);
}

#[tokio::test]
async fn good_cards_beside_bad_ones_are_kept_whatever_comes_of_asking_again() {
    let half = json!({"cards": [card("Why is the sky blue?"), {"question": 7}]}).to_string();
    // Of the second answer all is taken that is not there: which of its cards was the missing one nobody can tell.
    let second = json!({"cards": [card("why is the sky  blue?"), card("Which waves most?"), card("And what else?")]});
    let server = scripted([writes(&half), writes(&second.to_string())]).await;
    let made = drafts(&llama(&server), SKY).await.unwrap();
    let questions: Vec<&str> = made.iter().map(|draft| draft.card.question.as_str()).collect();
    assert_eq!(questions, ["Why is the sky blue?", "Which waves most?", "And what else?"]);
    assert!(prompt(&server, 1).contains("are kept, write only those that are missing:\n- Why is the sky blue?\n"));
    for bad in [writes("No."), Reply::json(500, &json!({"error": "out of memory"}))] {
        let server = scripted([writes(&half), bad]).await;
        assert_eq!(drafts(&llama(&server), SKY).await.unwrap().len(), 1);
    }
    // Cut off at the model's limit: what is whole stays, the rest is asked for.
    let cut = stream(&[line(&half[..half.len() - 12]).as_bytes(), last_line("length").as_bytes()]);
    let rest = json!({"cards": [card("Which waves most?")]}).to_string();
    let server = scripted([cut, writes(&rest)]).await;
    assert_eq!(drafts(&llama(&server), SKY).await.unwrap().len(), 2);
    assert!(prompt(&server, 1).contains("broke off"));
}

#[tokio::test]
async fn kinds_latex_and_code_arrive_as_they_were_meant() {
    let text = r#"{"cards": [
        {"kind": "reversed", "question": "das Haus", "answer": "house", "quote": ""},
        {"kind": "cloze", "question": "The {{c1::sky}} is blue.", "answer": "", "quote": ""},
        {"kind": "basic", "question": "What is $\frac{1}{2} \times \alpha$?", "answer": "`a\\b`\n```rust\nfn a() {}\n```", "quote": ""}]}"#;
    let server = scripted([writes(text)]).await;
    let made = drafts(&llama(&server), SKY).await.unwrap();
    let kinds: Vec<NoteKind> = made.iter().map(|draft| draft.card.kind).collect();
    assert_eq!(kinds, [NoteKind::Reversed, NoteKind::Cloze, NoteKind::Basic]);
    assert_eq!(made[2].card.question, r"What is $\frac{1}{2} \times \alpha$?");
    assert_eq!(made[2].card.answer, "`a\\b`\n```rust\nfn a() {}\n```");
    assert_eq!(server.asked("/api/chat").len(), 1, "nothing was lost, so nothing was asked again");
}

#[tokio::test]
async fn the_same_card_twice_is_one_and_a_quote_that_is_not_there_is_noted() {
    let mut invented = card("Who said so?");
    invented["quote"] = json!("Nobody ever wrote this.");
    let cards = json!({"cards": [card("Why?"), card("why? "), invented]}).to_string();
    let server = scripted([writes(&cards)]).await;
    let made = drafts(&llama(&server), SKY).await.unwrap();
    assert_eq!(made.len(), 2);
    assert_eq!(made[0].claimed, None);
    // It rests on all that the model had read, where its numbers and names can be looked for.
    let place = made[1].card.source.as_ref().map(|source| (source.start, source.end as usize));
    assert_eq!((place, made[1].passage.as_deref()), (Some((0, SKY.len())), Some(SKY)));
    assert_eq!(made[1].claimed.as_deref(), Some("Nobody ever wrote this."));
}

#[tokio::test]
async fn failures_are_told_when_nothing_came() {
    let server = scripted([stream(&[line("{\"cards\": [").as_bytes()]).then(Step::Cut)]).await;
    let error = drafts(&llama(&server), SKY).await.unwrap_err();
    assert!(matches!(error, Error::Llm(LlmError::ConnectionCut { .. })), "{error}");
    let error = drafts(&ollama_model(&server, "missing"), SKY).await.unwrap_err();
    assert!(matches!(error, Error::Llm(LlmError::ModelNotFound { .. })), "{error}");
    let server = claude::start().await;
    let refused = claude::opening() + &claude::piece("{\"cards\": [") + &claude::closing("refusal", 3);
    server.script("/v1/messages", claude::stream(&[refused.as_bytes()]));
    let error = drafts(&sonnet(&server), SKY).await.unwrap_err();
    assert!(matches!(error, Error::Llm(LlmError::Refused)), "{error}");
}

#[tokio::test]
async fn what_was_made_before_it_was_cancelled_stays() {
    let good = json!({"cards": [card("Why is the sky blue?")]}).to_string();
    let server = scripted([writes(&good), stream(&[line("{").as_bytes()]).then(Step::Silence)]).await;
    let (tray, cancelled) = (Arc::new(Pocket::default()), CancellationToken::new());
    let long = material(&"The sky is blue because air scatters light.\n\n".repeat(1_000));
    let running = tokio::spawn({
        let (tray, cancelled, model) = (tray.clone(), cancelled.clone(), llama(&server));
        async move { generate::generate(model.as_ref(), &[long], &cancelled, tray.as_ref()).await }
    });
    while server.asked("/api/chat").len() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    cancelled.cancel();
    let outcome = running.await.unwrap().unwrap();
    assert_eq!((outcome.drafts, outcome.cancelled, tray.drafts.lock().len()), (1, true, 1));
}

#[tokio::test]
async fn what_waits_in_the_tray_is_not_made_a_second_time() {
    let good = json!({"cards": [card("Why is the sky blue?")]}).to_string();
    let server = scripted([writes(&good), writes(&good)]).await;
    let tray = Pocket::default();
    for (made, repeated) in [(1, 0), (0, 1)] {
        let outcome = make(&llama(&server), &[material(SKY)], &tray).await.unwrap();
        assert_eq!((outcome.drafts, outcome.repeated), (made, repeated));
    }
    assert_eq!(tray.drafts.lock().len(), 1);
}
