//! Conversations and messages as they are stored: turns, partial answers, the outbox, odd content, odd clocks.

use std::time::Duration;

use memoryloop_core::{
    Error, accounts,
    chat::{ConversationSummary, Message, MessageStatus, Problem, ProblemKind, Role, TurnRequest},
    ids::{ConversationId, MessageId, UserId},
    llm::{ModelRef, Provider, Usage},
    postgres::{
        Database, conversations,
        messages::{self, Finish},
    },
    time::UnixMillis,
};
use sqlx::{ConnectOptions, Connection};
use support::{
    postgres::{TestDatabase, fresh},
    turns::{begin, complete},
};

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

fn model() -> ModelRef {
    ModelRef { provider: Provider::Ollama, name: "llama3.2:3b".into() }
}

async fn person(db: &Database, name: &str) -> UserId {
    accounts::create_profile(db, name, &"correct horse".into(), NOW).await.unwrap().profile.id
}

async fn started() -> (TestDatabase, UserId, ConversationSummary) {
    let test = fresh().await;
    let ada = person(&test.db, "ada").await;
    let conversation = conversations::create(&test.db, ada, "A talk", &model(), NOW).await.unwrap();
    (test, ada, conversation)
}

async fn turn(db: &Database, user: UserId, id: ConversationId, question: &str) -> (Message, Message) {
    begin(db, user, id, &TurnRequest::question(question), &model(), NOW).await.unwrap()
}

#[tokio::test]
async fn a_conversation_is_made_named_given_another_model_and_deleted() {
    let (test, ada, made) = started().await;
    assert_eq!((made.title.as_str(), &made.model, made.created_at, made.updated_at), ("A talk", &model(), NOW, NOW));
    assert_eq!(conversations::get(&test.db, ada, made.id).await.unwrap(), made);
    let claude = ModelRef { provider: Provider::Claude, name: "claude-sonnet-5-5".into() };
    conversations::rename(&test.db, ada, made.id, "Größe 测试 🎓 \0").await.unwrap();
    conversations::set_model(&test.db, ada, made.id, &claude).await.unwrap();
    let changed = conversations::get(&test.db, ada, made.id).await.unwrap();
    assert_eq!((changed.title.as_str(), changed.model, changed.updated_at), ("Größe 测试 🎓 \u{FFFD}", claude, NOW));
    turn(&test.db, ada, made.id, "?").await;
    conversations::delete(&test.db, ada, made.id, NOW).await.unwrap();
    assert!(messages::list(&test.db, ada, made.id).await.unwrap().is_empty());
    for gone in [
        conversations::get(&test.db, ada, made.id).await.map(drop),
        conversations::rename(&test.db, ada, made.id, "x").await,
        conversations::set_model(&test.db, ada, made.id, &model()).await,
        conversations::delete(&test.db, ada, made.id, NOW).await,
        begin(&test.db, ada, made.id, &TurnRequest::question("x"), &model(), NOW).await.map(drop),
    ] {
        assert!(matches!(gone, Err(Error::NotFound { what: "The conversation" })), "{gone:?}");
    }
}

#[tokio::test]
async fn conversations_are_listed_by_their_last_change_and_paging_leaves_none_out() {
    let test = fresh().await;
    let ada = person(&test.db, "ada").await;
    let mut made = Vec::new();
    // Seven, of which three changed in the same millisecond.
    for age in [1, 2, 3, 3, 3, 4, 5] {
        let title = format!("{}", made.len());
        made.push(conversations::create(&test.db, ada, &title, &model(), NOW.plus(-age)).await.unwrap());
    }
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = conversations::list(&test.db, ada, 3, before).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.updated_at);
        seen.extend(page);
    }
    assert_eq!(seen.len(), 7);
    assert!(seen.is_sorted_by_key(|summary| std::cmp::Reverse(summary.updated_at)));
    // A turn moves the oldest to the top.
    begin(&test.db, ada, made[6].id, &TurnRequest::question("?"), &model(), NOW.plus(1)).await.unwrap();
    let page = conversations::list(&test.db, ada, 1, None).await.unwrap();
    assert_eq!((page[0].id, page[0].updated_at), (made[6].id, NOW.plus(1)));
    assert!(conversations::list(&test.db, ada, 0, None).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_turn_is_stored_whole_and_grows_until_it_is_finished() {
    let (test, ada, conversation) = started().await;
    let (question, answer) = turn(&test.db, ada, conversation.id, "What is FSRS?").await;
    assert_eq!((question.role, question.status, question.model.as_ref()), (Role::User, MessageStatus::Complete, None));
    assert_eq!(
        (answer.role, answer.status, answer.model.clone()),
        (Role::Assistant, MessageStatus::Streaming, Some(model()))
    );
    messages::save_partial(&test.db, ada, answer.id, "A sched", None).await.unwrap();
    assert_eq!(messages::get(&test.db, ada, answer.id).await.unwrap().content, "A sched");
    let end = Finish {
        content: "A scheduler.".into(),
        thoughts: "Is it one?".into(),
        status: MessageStatus::Failed,
        cost_usd: Some(0.25),
        usage: Some(Usage { input_tokens: u32::MAX, output_tokens: 0, ..Usage::default() }),
        problem: Some(Problem {
            kind: ProblemKind::RateLimited,
            message: "The connection broke off.".into(),
            retry_at: Some(NOW.plus(7)),
        }),
    };
    let finished = messages::finish(&test.db, ada, answer.id, &end, NOW.plus(9)).await.unwrap();
    assert_eq!((&finished.content, finished.status, finished.usage), (&end.content, end.status, end.usage));
    assert_eq!((&finished.problem, finished.created_at), (&end.problem, NOW));
    assert_eq!((&finished.thoughts, finished.cost_usd), (&end.thoughts, end.cost_usd));
    // Twice is once, and a partial save that comes late changes nothing.
    assert_eq!(messages::finish(&test.db, ada, answer.id, &end, NOW.plus(9)).await.unwrap(), finished);
    messages::save_partial(&test.db, ada, answer.id, "A sch", None).await.unwrap();
    assert_eq!(messages::list(&test.db, ada, conversation.id).await.unwrap(), [question, finished]);
    assert_eq!(conversations::get(&test.db, ada, conversation.id).await.unwrap().updated_at, NOW.plus(9));
    conversations::delete(&test.db, ada, conversation.id, NOW).await.unwrap();
    let doomed = messages::doomed(&test.db, ada, NOW.plus(1)).await.unwrap();
    messages::purge(&test.db, ada, &doomed).await.unwrap();
    for gone in [
        messages::save_partial(&test.db, ada, answer.id, "x", None).await,
        messages::finish(&test.db, ada, answer.id, &end, NOW).await.map(drop),
        messages::get(&test.db, ada, answer.id).await.map(drop),
    ] {
        assert!(matches!(gone, Err(Error::NotFound { what: "The message" })), "{gone:?}");
    }
}

#[tokio::test]
async fn the_end_of_an_answer_waits_for_its_conversation_before_it_takes_the_message() {
    let (test, ada, made) = started().await;
    let (_, answer) = turn(&test.db, ada, made.id, "?").await;
    let mut other = test.owner.connect().await.unwrap();
    let mut deleting = other.begin().await.unwrap();
    sqlx::raw_sql("SET LOCAL lock_timeout = '3s'; SELECT 1 FROM conversations FOR UPDATE")
        .execute(&mut *deleting)
        .await
        .unwrap();
    let db = test.db.clone();
    let finishing = tokio::spawn(async move { messages::finish(&db, ada, answer.id, &complete("A"), NOW).await });
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waits).fetch_one(&mut *deleting).await.unwrap() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        sqlx::raw_sql("SELECT pg_stat_clear_snapshot()").execute(&mut *deleting).await.unwrap();
    }
    // Else each would wait for the other, and PostgreSQL would end one of them.
    sqlx::raw_sql("UPDATE messages SET last_shown = 1").execute(&mut *deleting).await.unwrap();
    deleting.commit().await.unwrap();
    assert_eq!(finishing.await.unwrap().unwrap().content, "A");
}

#[tokio::test]
async fn messages_keep_their_order_within_a_millisecond_and_when_the_clock_jumps_back() {
    let (test, ada, conversation) = started().await;
    let mut expected = Vec::new();
    for (number, jump) in [0, 0, 0, -86_400_000, -1, 5].into_iter().enumerate() {
        let question = format!("{number}");
        let now = NOW.plus(jump);
        let (asked, answer) =
            begin(&test.db, ada, conversation.id, &TurnRequest::question(&question), &model(), now).await.unwrap();
        expected.extend([asked.id, answer.id]);
        assert!(conversations::get(&test.db, ada, conversation.id).await.unwrap().updated_at >= NOW);
    }
    let listed: Vec<MessageId> =
        messages::list(&test.db, ada, conversation.id).await.unwrap().into_iter().map(|message| message.id).collect();
    assert_eq!(listed, expected);
}

#[tokio::test]
async fn any_content_comes_back_as_it_was_but_for_nul() {
    let (test, ada, conversation) = started().await;
    let long = "1 MB ü ".repeat(150_000);
    let essay = "word ".repeat(20_000);
    for content in
        ["'); DROP TABLE messages; --", "\u{feff}👩‍👩‍👧 e\u{301} \u{202e}rtl", "\\x00 $1 %s", long.as_str(), essay.as_str()]
    {
        let (question, answer) = turn(&test.db, ada, conversation.id, content).await;
        messages::save_partial(&test.db, ada, answer.id, content, None).await.unwrap();
        messages::finish(&test.db, ada, answer.id, &complete(content), NOW).await.unwrap();
        assert!(messages::get(&test.db, ada, question.id).await.unwrap().content == content);
        assert!(messages::get(&test.db, ada, answer.id).await.unwrap().content == content);
    }
    // No character moves: cards find their place by counting.
    let (question, answer) = turn(&test.db, ada, conversation.id, "a\0b").await;
    assert_eq!(question.content, "a\u{FFFD}b");
    messages::save_partial(&test.db, ada, answer.id, "\0", None).await.unwrap();
    let finished = messages::finish(&test.db, ada, answer.id, &complete("x\0\0y"), NOW).await.unwrap();
    assert_eq!(finished.content, "x\u{FFFD}\u{FFFD}y");
    assert_eq!(messages::list(&test.db, ada, conversation.id).await.unwrap().len(), 12);
}

#[tokio::test]
async fn what_a_crash_left_streaming_is_interrupted_and_kept() {
    let (test, ada, conversation) = started().await;
    let bob = person(&test.db, "bob").await;
    let (_, answer) = turn(&test.db, ada, conversation.id, "?").await;
    messages::save_partial(&test.db, ada, answer.id, "As far as", None).await.unwrap();
    assert_eq!(messages::interrupt_streaming(&test.db, bob).await.unwrap(), 0);
    assert_eq!(messages::interrupt_streaming(&test.db, ada).await.unwrap(), 1);
    assert_eq!(messages::interrupt_streaming(&test.db, ada).await.unwrap(), 0);
    let kept = messages::get(&test.db, ada, answer.id).await.unwrap();
    assert_eq!((kept.status, kept.content.as_str()), (MessageStatus::Interrupted, "As far as"));
}

#[tokio::test]
async fn the_outbox_holds_finished_messages_until_they_are_copied_and_again_when_they_change() {
    let (test, ada, conversation) = started().await;
    let outbox = async || -> Vec<MessageId> {
        messages::unindexed(&test.db, ada, 10).await.unwrap().into_iter().map(|message| message.id).collect()
    };
    let (question, answer) = turn(&test.db, ada, conversation.id, "?").await;
    assert_eq!(outbox().await, [question.id], "an answer that grows is not copied");
    messages::mark_indexed(&test.db, ada, &[question.id, answer.id], NOW).await.unwrap();
    messages::finish(&test.db, ada, answer.id, &complete("!"), NOW).await.unwrap();
    assert_eq!(outbox().await, [answer.id]);
    messages::mark_indexed(&test.db, ada, &[answer.id], NOW).await.unwrap();
    assert!(outbox().await.is_empty());
    messages::finish(&test.db, ada, answer.id, &complete("!!"), NOW).await.unwrap();
    assert_eq!(outbox().await, [answer.id], "what changed is copied again");
    let (_, second) = turn(&test.db, ada, conversation.id, "?").await;
    messages::interrupt_streaming(&test.db, ada).await.unwrap();
    assert_eq!(outbox().await.last(), Some(&second.id));
    assert_eq!(messages::unindexed(&test.db, ada, 1).await.unwrap().len(), 1);
    messages::mark_indexed(&test.db, ada, &[], NOW).await.unwrap();
}

#[tokio::test]
async fn cards_are_noted_on_the_messages_that_are_there() {
    let (test, ada, conversation) = started().await;
    let (_, answer) = turn(&test.db, ada, conversation.id, "?").await;
    messages::mark_flashcards(&test.db, ada, &[answer.id, MessageId::new(NOW)]).await.unwrap();
    let flags: Vec<bool> = messages::list(&test.db, ada, conversation.id)
        .await
        .unwrap()
        .iter()
        .map(|message| message.has_flashcards)
        .collect();
    assert_eq!(flags, [false, true]);
}

#[tokio::test]
async fn another_person_finds_nothing_and_changes_nothing() {
    let (test, ada, conversation) = started().await;
    let bob = person(&test.db, "bob").await;
    let (_, answer) = turn(&test.db, ada, conversation.id, "?").await;
    assert!(conversations::list(&test.db, bob, 10, None).await.unwrap().is_empty());
    assert!(messages::list(&test.db, bob, conversation.id).await.unwrap().is_empty());
    assert!(messages::unindexed(&test.db, bob, 10).await.unwrap().is_empty());
    messages::mark_flashcards(&test.db, bob, &[answer.id]).await.unwrap();
    messages::mark_indexed(&test.db, bob, &[answer.id], NOW).await.unwrap();
    for refused in [
        conversations::get(&test.db, bob, conversation.id).await.map(drop),
        conversations::rename(&test.db, bob, conversation.id, "mine").await,
        conversations::delete(&test.db, bob, conversation.id, NOW).await,
        begin(&test.db, bob, conversation.id, &TurnRequest::question("x"), &model(), NOW).await.map(drop),
        messages::save_partial(&test.db, bob, answer.id, "x", None).await,
        messages::finish(&test.db, bob, answer.id, &complete("x"), NOW).await.map(drop),
        messages::get(&test.db, bob, answer.id).await.map(drop),
    ] {
        assert!(matches!(refused, Err(Error::NotFound { .. })), "{refused:?}");
    }
    assert_eq!(messages::get(&test.db, ada, answer.id).await.unwrap(), answer);
    // A person who is gone, or never was, is signed out.
    let nobody = conversations::create(&test.db, UserId::new(NOW), "x", &model(), NOW).await;
    assert!(matches!(nobody, Err(Error::NotSignedIn)), "{nobody:?}");
}

#[tokio::test]
async fn a_database_that_is_gone_is_said_so_that_it_can_be_tried_again() {
    let (test, ada, conversation) = started().await;
    test.db.close().await;
    let error = messages::list(&test.db, ada, conversation.id).await;
    assert!(matches!(error, Err(Error::DatabaseUnavailable(_))), "{error:?}");
}
