//! A conversation as a tree, in the real database: whatever is done to it at random, what is shown is a path, versions
//! agree with each other, and nothing is lost.

use std::{
    collections::{HashMap, HashSet},
    time::Instant,
};

use memoryloop_core::{
    Error, accounts,
    chat::{Message, Role, TurnRequest},
    ids::{ConversationId, MessageId, UserId},
    llm::{ModelRef, Provider},
    postgres::{Database, conversations, messages},
    time::UnixMillis,
};
use proptest::{prelude::*, sample::Index, test_runner::TestRunner};
use sqlx::ConnectOptions;
use support::{
    postgres::fresh,
    turns::{begin, complete},
};
use tokio::runtime::Runtime;

const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

fn model() -> ModelRef {
    ModelRef { provider: Provider::Ollama, name: "m".into() }
}

#[derive(Clone, Debug)]
enum Act {
    Send,
    Edit(Index),
    Regenerate(Index),
    Show(Index),
    Delete(Index),
    Restore(Index),
    Purge,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => Just(Act::Send),
        2 => any::<Index>().prop_map(Act::Edit),
        2 => any::<Index>().prop_map(Act::Regenerate),
        2 => any::<Index>().prop_map(Act::Show),
        2 => any::<Index>().prop_map(Act::Delete),
        2 => any::<Index>().prop_map(Act::Restore),
        1 => Just(Act::Purge),
    ]
}

/// A conversation, and what should be in it.
struct Known {
    db: Database,
    user: UserId,
    conversation: ConversationId,
    texts: HashMap<MessageId, String>,
    order: Vec<MessageId>,
    deleted: HashSet<MessageId>,
    gone: HashSet<MessageId>,
}

impl Known {
    async fn shown(&self) -> Vec<Message> {
        messages::list(&self.db, self.user, self.conversation).await.unwrap()
    }

    fn pick(&self, index: &Index) -> Option<MessageId> {
        (!self.order.is_empty()).then(|| *index.get(&self.order))
    }

    fn is_there(&self, id: MessageId) -> bool {
        !self.deleted.contains(&id) && !self.gone.contains(&id)
    }

    async fn turn(&mut self, request: TurnRequest) {
        let begun = begin(&self.db, self.user, self.conversation, &request, &model(), NOW).await;
        let (question, answer) = match begun {
            Ok(begun) => begun,
            Err(Error::NotFound { .. } | Error::InvalidInput(_)) => return,
            Err(error) => panic!("{request:?}: {error}"),
        };
        let text = format!("answer {}", self.order.len());
        messages::finish(&self.db, self.user, answer.id, &complete(&text), NOW).await.unwrap();
        for (id, text) in [(question.id, question.content.clone()), (answer.id, text)] {
            if self.texts.insert(id, text).is_none() {
                self.order.push(id);
            }
        }
        let shown: Vec<MessageId> = self.shown().await.iter().map(|message| message.id).collect();
        assert!(shown.ends_with(&[question.id, answer.id]), "a turn is shown at the end");
    }

    async fn act(&mut self, act: &Act) {
        let number = self.order.len();
        match act {
            Act::Send => self.turn(TurnRequest::question(format!("question {number}"))).await,
            Act::Edit(index) => {
                let Some(message_id) = self.pick(index) else { return };
                self.turn(TurnRequest::Edit { message_id, content: format!("edited {number}") }).await;
            }
            Act::Regenerate(index) => {
                let Some(message_id) = self.pick(index) else { return };
                self.turn(TurnRequest::Regenerate { message_id }).await;
            }
            Act::Show(index) => {
                let Some(id) = self.pick(index) else { return };
                let done = messages::show(&self.db, self.user, id).await;
                assert_eq!(done.is_ok(), self.is_there(id));
            }
            Act::Delete(index) => self.delete(index).await,
            Act::Restore(index) => self.restore(index).await,
            Act::Purge => {
                let doomed = messages::doomed(&self.db, self.user, NOW.plus(1)).await.unwrap();
                messages::purge(&self.db, self.user, &doomed).await.unwrap();
                self.gone.extend(self.deleted.drain());
            }
        }
    }

    async fn delete(&mut self, index: &Index) {
        let Some(id) = self.pick(index).filter(|&id| self.is_there(id)) else { return };
        let before: HashSet<MessageId> = self.all_there().await;
        messages::delete(&self.db, self.user, id, NOW).await.unwrap();
        let after = self.all_there().await;
        let left: HashSet<MessageId> = before.difference(&after).copied().collect();
        assert!(left.contains(&id) && left.len() >= 2, "a question and its answers");
        self.deleted.extend(left);
    }

    async fn restore(&mut self, index: &Index) {
        let Some(id) = self.pick(index) else { return };
        let restored = messages::restore(&self.db, self.user, id).await;
        assert_eq!(restored.is_ok(), !self.gone.contains(&id));
        if restored.is_ok() {
            let there = self.all_there().await;
            self.deleted.retain(|id| !there.contains(id));
            assert!(self.shown().await.iter().any(|message| message.id == id), "and shown again");
        }
    }

    async fn all_there(&self) -> HashSet<MessageId> {
        let mut there = HashSet::new();
        for &id in &self.order {
            if messages::get(&self.db, self.user, id).await.is_ok() {
                there.insert(id);
            }
        }
        there
    }

    async fn check(&self) {
        let shown = self.shown().await;
        assert_eq!(shown.first().and_then(|first| first.parent_id), None);
        for pair in shown.windows(2) {
            assert_eq!(pair[1].parent_id, Some(pair[0].id), "a chain");
        }
        for message in &shown {
            assert!(self.is_there(message.id) && message.versions.contains(&message.id));
            assert!(message.versions.iter().all(|&id| self.is_there(id)));
            let place = |id: &MessageId| self.order.iter().position(|known| known == id);
            assert!(message.versions.is_sorted_by_key(place), "oldest first");
            assert_eq!(&message.content, &self.texts[&message.id]);
        }
        let expected: HashSet<MessageId> = self.order.iter().copied().filter(|&id| self.is_there(id)).collect();
        assert_eq!(self.all_there().await, expected);
        assert_eq!(shown.is_empty(), expected.is_empty());
    }

    /// Everything that is there can be shown, with its text, and an answer after its question.
    async fn check_all_can_be_shown(&self) {
        for &id in self.order.iter().filter(|&&id| self.is_there(id)) {
            messages::show(&self.db, self.user, id).await.unwrap();
            let shown = self.shown().await;
            let at = shown.iter().position(|message| message.id == id).expect("it is shown");
            assert_eq!(shown[at].content, self.texts[&id]);
            assert!(shown[at].role == Role::User || shown[at - 1].role == Role::User);
        }
    }
}

#[test]
fn whatever_is_done_what_is_shown_is_a_path_and_nothing_is_lost() {
    let runtime = Runtime::new().unwrap();
    let test = runtime.block_on(fresh());
    let password = "correct horse".into();
    let profile = accounts::create_profile(&test.db, "ada", &password, NOW);
    let user = runtime.block_on(profile).unwrap().profile.id;
    let mut runner = TestRunner::new(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() });
    let acts = prop::collection::vec(act(), 1..24);
    let result = runner.run(&acts, |acts| {
        runtime.block_on(async {
            let conversation = conversations::create(&test.db, user, "t", &model(), NOW).await.unwrap().id;
            let (texts, order) = (HashMap::new(), Vec::new());
            let (deleted, gone) = (HashSet::new(), HashSet::new());
            let mut known = Known { db: test.db.clone(), user, conversation, texts, order, deleted, gone };
            for act in &acts {
                known.act(act).await;
                known.check().await;
            }
            known.check_all_can_be_shown().await;
            // What one case deleted is not the next one's to purge.
            conversations::delete(&test.db, user, conversation, NOW).await.unwrap();
        });
        Ok(())
    });
    result.unwrap();
}

#[tokio::test]
async fn a_conversation_of_a_thousand_messages_with_versions_opens_whole() {
    let test = fresh().await;
    let user = accounts::create_profile(&test.db, "ada", &"correct horse".into(), NOW).await.unwrap().profile.id;
    let conversation = conversations::create(&test.db, user, "t", &model(), NOW).await.unwrap().id;
    let mut after = None;
    let mut owner = test.owner.connect().await.unwrap();
    // Each question three times, each with an answer of 2 KB; the last of each goes on.
    for number in 0..500 {
        let mut last = after;
        for version in 0..3 {
            let (question, answer) = (MessageId::new(NOW), MessageId::new(NOW));
            for (id, parent, role, content) in [
                (question, after, "user", format!("question {number}.{version}")),
                (answer, Some(question), "assistant", "word ".repeat(400)),
            ] {
                sqlx::query(
                    "INSERT INTO messages (id, conversation_id, user_id, parent_id, role, content, status, created_at)
                     VALUES ($1, $2, $3, $4, $5, $6, 'complete', 0)",
                )
                .bind(id)
                .bind(conversation)
                .bind(user)
                .bind(parent)
                .bind(role)
                .bind(content)
                .execute(&mut owner)
                .await
                .unwrap();
            }
            last = Some(answer);
        }
        after = last;
    }
    let begun = Instant::now();
    let shown = messages::list(&test.db, user, conversation).await.unwrap();
    println!("opened {} messages of 3,000 in {:?}", shown.len(), begun.elapsed());
    assert_eq!(shown.len(), 1_000);
    assert!(shown.iter().step_by(2).all(|question| question.versions.len() == 3 && question.content.ends_with(".2")));
    let begun = Instant::now();
    messages::branch(&test.db, user, shown[999].id, str::to_owned, NOW).await.unwrap();
    println!("branched in {:?}", begun.elapsed());
}
