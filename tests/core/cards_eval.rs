//! The recorded answers keep giving the cards that are in them.

use serde_json::json;
use support::{
    eval::{Case, Desk, Figures, Judgement, Pair, Sides, cases},
    ollama,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_good_card_of_a_recorded_answer_is_lost() {
    let desk = Desk::open(None).await.unwrap();
    let mut all = Vec::new();
    for folder in cases().unwrap() {
        all.push(desk.replay(&folder).await.unwrap());
    }
    desk.close().await;
    let sum = Figures::sum(&all);
    assert_eq!(all.len(), 12);
    assert_eq!((sum.drafts_lost, sum.lost.as_slice(), sum.parts_failed), (0, [].as_slice(), 0));
    assert_eq!((sum.unexpected.as_slice(), sum.error.as_deref()), ([].as_slice(), None));
    assert!(sum.schema_failures >= 3 && sum.schema_failures_recovered == sum.schema_failures, "{sum:?}");
    assert!(sum.duplicates_planted >= 18 && sum.near_misses_planted >= 12, "{sum:?}");
    // The recall is what words alone give, and no aim: nobody chose the planted pairs so that they are found.
    assert!(sum.duplicate_precision >= Some(0.9) && sum.duplicate_recall >= Some(0.5), "{sum:?}");
    assert!(sum.lint_clean_percent >= Some(70.0) && sum.grounded_percent >= Some(85.0), "{sum:?}");
    assert!(
        sum.lint_clean_percent < Some(100.0) && sum.grounded_percent < Some(100.0),
        "the recordings hold bad cards too: {sum:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_ollama_is_asked_for_the_cards_of_each_answer() {
    let server = ollama::start().await;
    let desk = Desk::open(Some(server.url())).await.unwrap();
    for folder in &cases().unwrap()[..2] {
        let before = server.asked("/api/chat").len();
        let figures = desk.live(folder, ollama::LLAMA).await.unwrap();
        assert!(figures.cards > 0 && figures.words > 0 && server.asked("/api/chat").len() > before, "{figures:?}");
        assert_eq!((figures.drafts_lost, figures.parts_failed, figures.error), (0, 0, None));
    }
    // How a model fails is a figure, and the next answer has its turn.
    let failed = desk.live(&cases().unwrap()[0], "none:1b").await.unwrap();
    assert!(failed.error.as_deref().unwrap().contains("does not have the model none:1b"), "{failed:?}");
    assert_eq!((failed.cards, failed.lint_clean_percent, failed.drafts_lost), (0, None, 0));
    let next = desk.live(&cases().unwrap()[2], ollama::LLAMA).await.unwrap();
    assert_eq!(Figures::sum(&[failed, next.clone()]).error.as_deref(), Some("01-history"));
    assert!(next.cards > 0 && next.error.is_none(), "{next:?}");
    desk.close().await;
}

#[test]
fn a_mangled_card_is_lost_and_a_duplicate_of_something_else_is_wrong() {
    let case: Case = serde_json::from_value(json!({
        "question": "?", "provider": "ollama",
        "existing": [{"question": "one", "answer": "1"}, {"question": "two", "answer": "2"}],
        "good": [{"question": "One?", "answer": "$\\frac{1}{1}$"}, {"kind": "reversed", "question": "Two?", "answer": "2"}],
        "duplicates": [{"draft": "One?", "of": "one"}, {"draft": "Two?", "of": "two"}],
        "near_misses": [{"draft": "One?", "of": "two"}],
    }))
    .unwrap();
    let whole = case.good.clone();
    assert_eq!((case.lost(&whole).len(), case.unexpected(&whole).len()), (0, 0));
    let mangled = Sides { answer: "$\u{c}rac{1}{1}$".into(), ..whole[0].clone() };
    let other_kind = Sides { kind: Default::default(), ..whole[1].clone() };
    let tray = [mangled, other_kind];
    assert_eq!((case.lost(&tray).len(), case.unexpected(&tray).len()), (2, 2));

    let pair = |draft: &str, of: &str| Pair { draft: draft.into(), of: of.into() };
    let judged = case.judge(&[pair("One?", "one"), pair("One?", "two"), pair("Two?", "one")]);
    let expected = Judgement {
        right: 1,
        wrong: vec!["One? — two".into(), "Two? — one".into()],
        missed: vec!["Two? — two".into()],
        near_misses: 1,
    };
    assert_eq!(judged, expected);
}
