//! Questions in other words, other answers, answers that go on: what is asked of the model, what is shown, and that
//! nothing is lost.

use std::time::Duration;

use memoryloop_core::{
    Error, Result,
    chat::{ChatEvent, Message, MessageStatus, ProblemKind, TurnRequest, UNTITLED},
    ids::MessageId,
    llm::{Provider, Usage},
    postgres::{conversations, messages},
};
use support::{
    claude,
    http::{Outcome, Reply, Server, Step},
    http_models::{llama, ollama_model, reference, sonnet},
    ollama::{self, LLAMA, QWEN, last_line, line, stream},
};

use crate::chat::{NOW, Talk, endless, until};

pub fn edit(message: &Message, content: &str) -> TurnRequest {
    TurnRequest::Edit { message_id: message.id, content: content.into() }
}

pub fn regenerate(message: &Message) -> TurnRequest {
    TurnRequest::Regenerate { message_id: message.id }
}

fn go_on(message: &Message) -> TurnRequest {
    TurnRequest::Continue { message_id: message.id }
}

fn says(text: &str, stop: &str) -> Reply {
    stream(&[line(text).as_bytes(), last_line(stop).as_bytes()])
}

/// An answer without a word.
fn nothing() -> Reply {
    stream(&[last_line("stop").as_bytes()])
}

pub fn texts(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.content.as_str()).collect()
}

pub fn ids(messages: &[Message]) -> Vec<MessageId> {
    messages.iter().map(|message| message.id).collect()
}

/// What the model was given last, without the system prompt.
pub fn given(server: &Server) -> Vec<String> {
    let asked = server.asked("/api/chat").pop().unwrap();
    let all = asked.body["messages"].as_array().unwrap()[1..].to_vec();
    all.into_iter().map(|message| message["content"].as_str().unwrap().to_owned()).collect()
}

impl Talk {
    /// Asks, and is answered with this.
    pub async fn said(&self, server: &Server, request: TurnRequest, answer: &str) {
        server.script("/api/chat", says(answer, "stop"));
        self.ask(request, llama(server)).await.unwrap();
    }

    pub async fn two_turns(&self, server: &Server) -> Vec<Message> {
        self.said(server, TurnRequest::question("Q1"), "A1").await;
        self.said(server, TurnRequest::question("Q2"), "A2").await;
        self.stored().await
    }

    async fn refused(&self, request: TurnRequest, server: &Server) -> Error {
        self.ask(request, llama(server)).await.unwrap_err()
    }

    pub async fn show(&self, id: MessageId) -> Result<Vec<Message>> {
        messages::show(&self.db, self.user, id).await?;
        Ok(self.stored().await)
    }
}

#[tokio::test]
async fn an_edited_question_is_a_version_with_an_answer_of_its_own() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    let before = talk.two_turns(&server).await;
    talk.heard();
    talk.said(&server, edit(&before[0], "Q1 again"), "A1 again").await;
    assert_eq!(given(&server), ["Q1 again"], "the model sees nothing of the other branch");
    let shown = talk.stored().await;
    assert_eq!(texts(&shown), ["Q1 again", "A1 again"]);
    assert_eq!(shown[0].versions, [before[0].id, shown[0].id]);
    assert_eq!((shown[0].parent_id, shown[1].parent_id), (None, Some(shown[0].id)));
    let ChatEvent::Started { question, .. } = talk.heard().remove(0) else { panic!("it starts") };
    assert_eq!((question.id, &question.versions, question.parent_id), (shown[0].id, &shown[0].versions, None));

    let back = talk.show(before[0].id).await.unwrap();
    assert_eq!(ids(&back), ids(&before), "with all that was said after it");
    talk.said(&server, edit(&back[2], "Q2 again"), "A2 again").await;
    assert_eq!(given(&server), ["Q1", "A1", "Q2 again"]);
    // Shown again is what was shown last of it, and not what is newest.
    talk.show(before[2].id).await.unwrap();
    talk.show(shown[0].id).await.unwrap();
    assert_eq!(ids(&talk.show(before[0].id).await.unwrap()), ids(&before));
    assert_eq!(ids(&talk.show(before[1].id).await.unwrap()), ids(&before), "what is shown stays");
}

#[tokio::test]
async fn another_answer_leaves_the_first_where_it_was() {
    let (_test, talk) = Talk::start().await;
    let (server, remote) = (ollama::start().await, claude::start().await);
    let before = talk.two_turns(&server).await;
    talk.said(&server, regenerate(&before[3]), "A2 again").await;
    assert_eq!(given(&server), ["Q1", "A1", "Q2"]);
    talk.ask(regenerate(&before[2]), sonnet(&remote)).await.unwrap();
    let shown = talk.stored().await;
    assert_eq!(shown[2].id, before[2].id);
    assert_eq!((shown[3].versions.len(), shown[3].versions[0]), (3, before[3].id));
    assert_eq!(shown[3].model, Some(reference(Provider::Claude, claude::SONNET)));
    assert!(shown[3].cost_usd.is_some_and(|cost| cost > 0.0) && before[3].cost_usd.is_none(), "where a price is known");
    assert_eq!(texts(&talk.show(before[3].id).await.unwrap()), ["Q1", "A1", "Q2", "A2"]);
    // An answer in the middle: what came after it stays with it.
    talk.said(&server, regenerate(&before[1]), "A1 again").await;
    assert_eq!(texts(&talk.stored().await), ["Q1", "A1 again"]);
    assert_eq!(texts(&talk.show(before[1].id).await.unwrap()), ["Q1", "A1", "Q2", "A2"]);
}

#[tokio::test]
async fn an_answer_that_came_to_nothing_is_tried_again_in_its_place() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    for _ in 0..2 {
        server.script("/api/chat", nothing());
    }
    talk.send("Q1", llama(&server)).await.unwrap();
    let failed = talk.stored().await;
    assert_eq!((failed[1].status, failed[1].content.as_str()), (MessageStatus::Failed, ""));
    talk.ask(regenerate(&failed[1]), llama(&server)).await.unwrap();
    assert_eq!(talk.stored().await[1].status, MessageStatus::Failed);
    talk.said(&server, go_on(&failed[1]), "A1").await;
    let shown = talk.stored().await;
    assert_eq!((ids(&shown), texts(&shown)), (ids(&failed), vec!["Q1", "A1"]));
    assert_eq!((&shown[1].versions, &shown[1].problem), (&vec![shown[1].id], &None));
    let thrice =
        |usage: Usage| Usage { input_tokens: usage.input_tokens * 3, output_tokens: usage.output_tokens * 3, ..usage };
    let each = Usage { input_tokens: 26, output_tokens: 298, ..Usage::default() };
    assert_eq!((failed[1].usage, shown[1].usage), (Some(each), Some(thrice(each))), "all attempts were paid for");

    // Where something was said after it, it stays as the version which that belongs to.
    server.script("/api/chat", nothing());
    talk.send("Q2", llama(&server)).await.unwrap();
    talk.said(&server, TurnRequest::question("Q3"), "A3").await;
    assert_eq!(given(&server), ["Q1", "A1", "Q3"], "the model is not told of what came to nothing");
    let all = talk.stored().await;
    talk.said(&server, regenerate(&all[3]), "A2").await;
    assert_eq!(texts(&talk.stored().await), ["Q1", "A1", "Q2", "A2"]);
    assert_eq!(ids(&talk.show(all[5].id).await.unwrap()), ids(&all));
}

#[tokio::test]
async fn an_answer_that_was_cut_goes_on_where_it_stopped() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    talk.said(&server, TurnRequest::question("Q1"), "A1").await;
    server.script("/api/chat", says("The cell mem", "length"));
    talk.send("Q2", llama(&server)).await.unwrap();
    let cut = talk.stored().await;
    assert_eq!(cut[3].problem.as_ref().map(|problem| problem.kind), Some(ProblemKind::CutAtLimit));
    talk.heard();
    talk.said(&server, go_on(&cut[3]), "The cell membrane is thin.").await;
    let [q1, a1, q2, so_far, instruction] = &given(&server)[..] else { panic!("{:?}", given(&server)) };
    assert_eq!([q1, a1, q2, so_far], ["Q1", "A1", "Q2", "The cell mem"]);
    assert!(instruction.contains("The cell mem"));
    let whole = talk.stored().await.pop().unwrap();
    assert_eq!((whole.id, whole.content.as_str()), (cut[3].id, "The cell membrane is thin."));
    assert_eq!((whole.status, &whole.problem, whole.versions.len()), (MessageStatus::Complete, &None, 1));
    let twice =
        |usage: Usage| Usage { input_tokens: usage.input_tokens * 2, output_tokens: usage.output_tokens * 2, ..usage };
    assert_eq!(whole.usage, cut[3].usage.map(twice), "both parts were paid for");
    let heard = talk.heard();
    let ChatEvent::Started { question, answer } = &heard[0] else { panic!("{heard:?}") };
    assert_eq!(
        (question.id, answer.content.as_str(), answer.status),
        (cut[2].id, "The cell mem", MessageStatus::Streaming)
    );
    assert_eq!(heard[1], ChatEvent::Text { text: "brane is thin.".into() });
}

#[tokio::test]
async fn whatever_fails_while_an_answer_goes_on_its_text_stays() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    server.script("/api/chat", stream(&[line("One two").as_bytes()]).then(Step::Cut));
    talk.send("Q1", llama(&server)).await.unwrap();
    let cut = talk.stored().await;
    let long = "three ".repeat(80);
    for (reply, whole) in [
        (stream(&[b"{\"error\":\"out of memory\"}\n"]), "One two".to_owned()),
        (stream(&[line("One t").as_bytes()]).then(Step::Cut), "One two".to_owned()),
        (stream(&[line("One two and").as_bytes()]).then(Step::Silence), "One two and".to_owned()),
        (stream(&[line(&long).as_bytes()]).then(Step::Cut), format!("One two and {long}")),
    ] {
        server.script("/api/chat", reply);
        talk.ask(go_on(&cut[1]), llama(&server)).await.unwrap();
        let kept = talk.stored().await.pop().unwrap();
        assert_eq!((kept.content, kept.status), (whole, MessageStatus::Failed));
    }
    // Stopped, the same; and then it can be stopped no more.
    server.script("/api/chat", stream(&[line(&format!("{long}four")).as_bytes()]).then(Step::Silence));
    talk.heard();
    let asking = talk.asking(go_on(&cut[1]), llama(&server));
    until(|| talk.shown().contains("four")).await;
    talk.stop();
    asking.await.unwrap().unwrap();
    let kept = talk.stored().await.pop().unwrap();
    assert!(kept.content.starts_with("One two and three") && kept.content.ends_with("four"));
    assert_eq!((kept.status, kept.versions.len()), (MessageStatus::Interrupted, 1));
    talk.said(&server, go_on(&cut[1]), " and five").await;
    let whole = talk.stored().await.pop().unwrap();
    let last = Usage { input_tokens: 26, output_tokens: 298, at_least: true, ..Usage::default() };
    assert_eq!(
        (whole.status, whole.usage),
        (MessageStatus::Complete, Some(last)),
        "the last part's figures are the least of the whole's"
    );
}

#[tokio::test]
async fn what_does_not_belong_together_is_refused_and_stores_nothing() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    let stored = talk.two_turns(&server).await;
    let model = reference(Provider::Ollama, LLAMA);
    let mut beside = talk.clone();
    beside.conversation = conversations::create(&talk.db, talk.user, UNTITLED, &model, NOW).await.unwrap().id;
    let asked = server.asked("/api/chat").len();
    for request in [edit(&stored[0], "x"), regenerate(&stored[1]), go_on(&stored[1])] {
        assert!(matches!(beside.refused(request, &server).await, Error::NotFound { .. }));
    }
    let unknown = TurnRequest::Regenerate { message_id: MessageId::new(NOW) };
    assert!(matches!(talk.refused(unknown, &server).await, Error::NotFound { .. }));
    for (request, says) in [
        (edit(&stored[1], "x"), "Only a question can be edited"),
        (edit(&stored[0], " \n"), "nothing to send"),
        (go_on(&stored[0]), "Only an answer can go on"),
        (go_on(&stored[3]), "complete"),
    ] {
        let error = talk.refused(request, &server).await;
        assert!(matches!(&error, Error::InvalidInput(text) if text.contains(says)), "{error}");
    }
    server.script("/api/chat", says("A3", "length"));
    talk.send("Q3", llama(&server)).await.unwrap();
    let cut = talk.stored().await;
    talk.said(&server, TurnRequest::question("Q4"), "A4").await;
    let error = talk.refused(go_on(&cut[5]), &server).await;
    assert!(matches!(&error, Error::InvalidInput(text) if text.contains("gone on")), "{error}");
    messages::delete(&talk.db, talk.user, cut[5].id, NOW).await.unwrap();
    for request in [regenerate(&cut[5]), edit(&cut[4], "x"), go_on(&cut[5])] {
        assert!(matches!(talk.refused(request, &server).await, Error::NotFound { .. }));
    }
    assert_eq!(server.asked("/api/chat").len(), asked + 2);
    assert!(beside.stored().await.is_empty());
    assert_eq!(texts(&talk.stored().await), ["Q1", "A1", "Q2", "A2", "Q4", "A4"]);
}

#[tokio::test]
async fn what_a_model_sees_no_more_is_told_on_the_answer() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    // More than half of what the model was made for.
    let long = "word ".repeat(45_000);
    talk.said(&server, TurnRequest::question("Q1"), &long).await;
    talk.said(&server, TurnRequest::question("Q2"), "A2").await;
    talk.said(&server, TurnRequest::question("Q3"), &long).await;
    assert_eq!(talk.stored().await[5].seen_from, None, "all of it");
    talk.said(&server, TurnRequest::question("Q4"), "A4").await;
    let all = talk.stored().await;
    assert_eq!(all[7].seen_from, Some(all[2].id));
    assert_eq!(given(&server)[0], "Q2");
    assert_eq!(server.asked("/api/chat").pop().unwrap().body["options"]["num_ctx"], 131_072, "its own window");
}

#[tokio::test]
async fn thoughts_are_shown_and_kept_and_never_told_to_the_model_again() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    conversations::set_thinking(&talk.db, talk.user, talk.conversation, true).await.unwrap();
    talk.send("Why?", ollama_model(&server, QWEN)).await.unwrap();
    let thought: String = talk
        .heard()
        .iter()
        .filter_map(|event| match event {
            ChatEvent::Thoughts { text } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    let answer = talk.stored().await.pop().unwrap();
    assert_eq!((answer.thoughts.as_str(), thought.as_str()), ("Let me think.", "Let me think."));
    assert!(!answer.content.contains("Let me think."));
    assert_eq!(server.asked("/api/chat")[0].body["think"], true);
    conversations::set_thinking(&talk.db, talk.user, talk.conversation, false).await.unwrap();
    talk.send("And?", ollama_model(&server, QWEN)).await.unwrap();
    let asked = server.asked("/api/chat").pop().unwrap();
    assert!(asked.body["think"] == false && !asked.body.to_string().contains("Let me think."));
    assert_eq!(talk.stored().await.pop().unwrap().thoughts, "");
}

#[tokio::test]
async fn a_model_that_thinks_is_stopped_and_its_thoughts_are_kept() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    conversations::set_thinking(&talk.db, talk.user, talk.conversation, true).await.unwrap();
    let thought = line("").replace("\"content\":\"\"", "\"content\":\"\",\"thinking\":\"Hm\\u0000.\"");
    server.script("/api/chat", stream(&[thought.as_bytes()]).then(Step::Silence));
    let asking = talk.sending("Why?", ollama_model(&server, QWEN));
    until(|| talk.events().iter().any(|event| matches!(event, ChatEvent::Thoughts { .. }))).await;
    // Kept while it grows, before any text has come.
    until_stored(&talk, "Hm\u{FFFD}.").await;
    talk.stop();
    asking.await.unwrap().unwrap();
    let answer = talk.stored().await.pop().unwrap();
    assert_eq!((answer.thoughts.as_str(), answer.status), ("Hm\u{FFFD}.", MessageStatus::Interrupted));
    // It did not come to nothing: asked again, it stays as a version.
    talk.said(&server, regenerate(&answer), "A1").await;
    assert_eq!(talk.stored().await[1].versions.len(), 2);
    assert_eq!(talk.show(answer.id).await.unwrap()[1].thoughts, answer.thoughts);
    until(|| server.asked("/api/chat")[0].outcome() == Outcome::ClosedByClient).await;
}

async fn until_stored(talk: &Talk, thoughts: &str) {
    let end = tokio::time::Instant::now() + Duration::from_secs(5);
    while talk.stored().await.pop().unwrap().thoughts != thoughts {
        assert!(tokio::time::Instant::now() < end, "the thoughts are not stored");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn stop_ends_a_wait_at_once_and_the_question_is_kept() {
    let (_test, talk) = Talk::start().await;
    let server = claude::start().await;
    let limited = claude::error(429, "rate_limit_error", "slow down").header("retry-after-ms", "1900");
    server.script("/v1/messages", limited);
    let asking = talk.sending("Why?", sonnet(&server));
    until(|| talk.events().iter().any(|event| matches!(event, ChatEvent::Waiting { .. }))).await;
    let stopped = tokio::time::Instant::now();
    talk.stop();
    asking.await.unwrap().unwrap();
    assert!(stopped.elapsed() < Duration::from_millis(1_500), "it did not wait to the end");
    let stored = talk.stored().await;
    assert_eq!((stored[0].content.as_str(), stored[1].status), ("Why?", MessageStatus::Interrupted));
    assert_eq!(server.asked("/v1/messages").len(), 1, "nor was it asked again");
}

#[tokio::test]
async fn two_conversations_stream_at_once_and_a_version_shown_meanwhile_stays() {
    let (_test, talk) = Talk::start().await;
    let server = ollama::start().await;
    let model = reference(Provider::Ollama, LLAMA);
    let mut beside = talk.clone();
    beside.conversation = conversations::create(&talk.db, talk.user, UNTITLED, &model, NOW).await.unwrap().id;
    beside.forget_events();
    let before = talk.two_turns(&server).await;
    talk.heard();
    server.script("/api/chat", endless());
    let one = talk.asking(edit(&before[2], "Q2 again"), llama(&server));
    talk.until_shown("One two").await;
    server.script("/api/chat", endless());
    let other = beside.sending("Elsewhere?", llama(&server));
    beside.until_shown("One two").await;
    assert_eq!(ids(&talk.show(before[2].id).await.unwrap()), ids(&before), "another version is shown meanwhile");
    beside.stop();
    other.await.unwrap().unwrap();
    assert!(talk.turns.is_running(talk.conversation) && !beside.turns.is_running(beside.conversation));
    talk.stop();
    one.await.unwrap().unwrap();
    assert_eq!(ids(&talk.stored().await), ids(&before), "the end of a turn shows nothing else");
    let (answer, _) = talk.finished();
    assert_eq!((answer.content.as_str(), answer.status), ("One two", MessageStatus::Interrupted));
    assert_eq!(talk.show(answer.id).await.unwrap()[3], answer);
    assert_eq!(beside.stored().await[1].content, "One two");
}
