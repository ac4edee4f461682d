//! The recorded answers keep giving the cards that are in them.

use support::{
    eval::{Desk, Figures, cases},
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
    assert!(sum.schema_failures >= 3 && sum.schema_failures_recovered == sum.schema_failures, "{sum:?}");
    assert!(sum.duplicates_planted >= 8 && sum.duplicate_recall >= 0.85 && sum.duplicate_precision >= 0.9, "{sum:?}");
    assert!(sum.lint_clean_percent >= 70.0 && sum.grounded_percent >= 85.0, "{sum:?}");
    assert!(
        sum.lint_clean_percent < 100.0 && sum.grounded_percent < 100.0,
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
        assert_eq!((figures.drafts_lost, figures.parts_failed), (0, 0));
    }
    let unknown = desk.live(&cases().unwrap()[0], "none:1b").await.unwrap_err();
    assert!(unknown.to_string().contains("does not have the model none:1b"), "{unknown}");
    desk.close().await;
}
