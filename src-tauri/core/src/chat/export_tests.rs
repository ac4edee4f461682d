//! Documents of conversations whose texts do their worst.

use proptest::prelude::*;

use super::*;
use crate::{
    chat::{ConversationSummary, Problem, ProblemKind},
    ids::{ConversationId, MessageId},
    llm::{ModelRef, Provider},
};

const AT: UnixMillis = UnixMillis(1_795_435_200_000);

fn model() -> ModelRef {
    ModelRef { provider: Provider::Ollama, name: "llama3.2:3b".into() }
}

fn message(role: Role, content: &str) -> Message {
    let id = MessageId::new(AT);
    Message {
        id,
        conversation_id: ConversationId::new(AT),
        parent_id: None,
        versions: vec![id],
        role,
        content: content.into(),
        thoughts: "not to be told".into(),
        status: MessageStatus::Complete,
        model: (role == Role::Assistant).then(model),
        usage: None,
        cost_usd: None,
        problem: None,
        seen_from: None,
        has_flashcards: false,
        created_at: AT,
    }
}

fn document(title: &str, answers: &[&str]) -> String {
    let summary = ConversationSummary {
        id: ConversationId::new(AT),
        title: title.into(),
        model: model(),
        thinking: false,
        created_at: AT,
        updated_at: AT,
    };
    let messages = answers.iter().flat_map(|answer| [message(Role::User, "Why?"), message(Role::Assistant, answer)]);
    markdown(&Conversation { summary, messages: messages.collect() }, &TimeZone::UTC)
}

#[test]
fn title_date_and_who_said_what() {
    assert_eq!(
        document("On *time*", &["Because.", "So."]),
        "# On \\*time\\*\n\n2026-11-23 12:00\n\n## You\n\nWhy?\n\n## llama3.2:3b\n\nBecause.\n\n\
         ## You\n\nWhy?\n\n## llama3.2:3b\n\nSo.\n"
    );
}

#[test]
fn headings_go_below_those_of_the_document_and_code_stays_as_it_is() {
    let content =
        "# One\n## Two\n###### Six\n#no\n    # code\n```sh\n# a comment\n```\nAgain\n===\nAnd\n---\n\n---\n- a\n---";
    let expected =
        "### One\n#### Two\n###### Six\n#no\n    # code\n```sh\n# a comment\n```\n### Again\n#### And\n\n---\n- a\n---";
    assert_eq!(said(content), expected);
}

#[test]
fn what_is_left_open_is_closed() {
    assert_eq!(said("```rust\nfn main"), "```rust\nfn main\n```");
    assert_eq!(said("~~~~\n~~~\n```"), "~~~~\n~~~\n```\n~~~~");
    assert_eq!(said("```a`b"), "```a`b", "no fence");
    assert_eq!(said("<!-- a\nb"), "\\<!-- a\nb");
    assert_eq!(said("<!-- a\nb -->"), "<!-- a\nb -->");
    assert_eq!(said("<SCRIPT>\nx"), "\\<SCRIPT>\nx");
    assert_eq!(said(""), "");
}

#[test]
fn an_answer_that_is_not_whole_says_so() {
    let mut cut = message(Role::Assistant, "Half");
    cut.status = MessageStatus::Failed;
    cut.problem = Some(Problem { kind: ProblemKind::Silent, message: "It is *silent*.".into(), retry_at: None });
    assert_eq!(remark(&cut).as_deref(), Some("It is \\*silent\\*."));
    cut.status = MessageStatus::Interrupted;
    assert_eq!(remark(&cut).as_deref(), Some("The answer was stopped here."));
    assert_eq!(remark(&message(Role::Assistant, "Whole")), None);
}

#[test]
fn a_files_name_is_one_on_every_system() {
    for (title, name) in [
        ("Why is the sky blue?", "Why is the sky blue.md"),
        ("a/b\\c:d*e\"f<g>h|i", "a b c d e f g h i.md"),
        ("../../etc/passwd", "etc passwd.md"),
        (".hidden", "hidden.md"),
        ("trailing. . ", "trailing.md"),
        ("", "Conversation.md"),
        ("???", "Conversation.md"),
        ("\u{202E}gpj.exe", "gpj.exe.md"),
        ("Größe 测试 🎓", "Größe 测试 🎓.md"),
        ("con", "Conversation con.md"),
        ("Lpt1.x", "Conversation Lpt1.x.md"),
        ("COM²", "Conversation COM².md"),
        ("COM10", "COM10.md"),
        ("console", "console.md"),
    ] {
        assert_eq!(file_name(title), name);
    }
    assert!(file_name(&"漢".repeat(300)).len() <= LONGEST_NAME + 3);
}

proptest! {
    /// Whatever an answer holds, the document has the headings that it should have, outside of any code.
    #[test]
    fn no_text_changes_the_outline(answers in prop::collection::vec("([#=~`<!a-]{0,5}[ \n]){0,12}", 1..4)) {
        let refs: Vec<&str> = answers.iter().map(String::as_str).collect();
        let document = document("Title", &refs);
        let (mut fence, mut headings) = (None::<Fence>, 0);
        for line in document.lines() {
            match fence {
                Some(open) => if open.is_closed_by(line) { fence = None },
                None => {
                    fence = Fence::opening(line);
                    headings += usize::from(line.starts_with("# ") || line.starts_with("## "));
                }
            }
        }
        prop_assert_eq!(fence, None);
        prop_assert_eq!(headings, 1 + 2 * answers.len());
    }

    #[test]
    fn a_file_name_is_safe(title in "\\PC{0,100}") {
        let name = file_name(&title);
        prop_assert!(name.ends_with(".md") && name.len() > 3 && name.len() < 200);
        prop_assert!(!name.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|', '\0']) && !name.starts_with('.'));
    }
}
