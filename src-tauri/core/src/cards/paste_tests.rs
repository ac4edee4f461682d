//! Pasted texts as they come from notes, from Anki and from elsewhere.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn sides(text: &str) -> Vec<(String, String)> {
    let pasted = read(text);
    assert_eq!(pasted.problems, [], "{text:?}");
    pasted.cards.into_iter().map(|card| (card.question, card.answer)).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(question, answer)| ((*question).to_owned(), (*answer).to_owned())).collect()
}

fn problems(text: &str) -> Vec<u32> {
    read(text).problems.into_iter().map(|problem| problem.line).collect()
}

#[test]
fn pairs_in_every_writing() {
    for text in [
        "Q: one?\nA: 1\nQ: two?\nA: 2",
        "q: one?\na: 1\n\nq: two?\na: 2\n",
        "\u{feff}Question: one?\r\nAnswer: 1\r\n\r\nQuestion: two?\r\nAnswer: 2\r\n",
        "**Q:** one?\n**A:** 1\n\n**Q:** two?\n**A:** 2",
        "Q1: one?\nA1: 1\nQ2: two?\nA2: 2",
        "- Q: one?\n- A: 1\n- Q: two?\n- A: 2",
        "Frage: one?\nAntwort: 1\nFrage: two?\nAntwort: 2",
        "Question : one?\nRéponse : 1\nQuestion : two?\nRéponse : 2",
        "P: one?\nR: 1\nP: two?\nR: 2",
        "問：one?\n答：1\n問：two?\n答：2",
        "Q: one?\n\nA: 1\n\n\nQ: two?\n\nA: 2",
    ] {
        assert_eq!(sides(text), pairs(&[("one?", "1"), ("two?", "2")]), "{text:?}");
    }
}

#[test]
fn sides_of_several_lines_and_code_with_blank_lines() {
    let text = "Q: What prints\nthis?\n```\na: 1\n```\nA: One\nand\n```py\nx\n\ny\n```\n\nQ: n?\nA:\nafter";
    let read = sides(text);
    assert_eq!(read[1], ("n?".into(), "after".into()));
    assert_eq!(read[0].1.matches("\n\n").count(), 1);
}

#[test]
fn columns_as_anki_exports_them() {
    let text = "#separator:tab\n#html:true\n#tags column:3\nhund\tdog<br>hound\tnoun a1\n\"say \"\"hi\"\"\tor\"\t\"two\nlines\"\t\n";
    let pasted = read(text);
    assert_eq!(pasted.problems, []);
    assert_eq!(
        (pasted.cards[0].answer.as_str(), pasted.cards[0].tags.clone()),
        ("dog\nhound", vec!["noun".into(), "a1".into()])
    );
    assert_eq!((pasted.cards[1].question.as_str(), pasted.cards[1].answer.as_str()), ("say \"hi\"\tor", "two\nlines"));
    assert_eq!(sides("#separator:;\na;b"), pairs(&[("a", "b")]));
    assert_eq!(sides("hund\tdog\r\nkatze\tcat"), pairs(&[("hund", "dog"), ("katze", "cat")]));
}

#[test]
fn a_quotation_mark_that_is_never_closed_costs_no_other_line() {
    assert_eq!(sides("\"Hi\" he said\twho?\nb\tc"), pairs(&[("\"Hi\" he said", "who?"), ("b", "c")]));
    assert_eq!(sides("\"open\tside\nb\tc"), pairs(&[("\"open", "side"), ("b", "c")]));
    assert_eq!(problems("\"open\nb\tc"), [1]);
}

#[test]
fn lines_with_deletions() {
    let pasted = read("{{c1::Oslo}} is in {{c2::Norway}}.\n{{c1::Rome}} is in Italy.\tA note\ttag");
    assert!(pasted.cards.iter().all(|card| card.kind == NoteKind::Cloze));
    assert_eq!((pasted.cards.len(), pasted.cards[1].answer.as_str(), pasted.problems.len()), (2, "A note", 0));
    assert_eq!(problems("{{c1::Oslo is in Norway.\n{{c1::a}} b"), [1]);
}

#[test]
fn what_is_no_card_is_told_with_its_line() {
    assert_eq!(problems("just a line\n\nQ: one?\nA: 1"), [1]);
    assert_eq!(problems("Q: one?\nQ: two?\nA: 2"), [1]);
    assert_eq!(problems("Answer: 2\nQ: one?\nA: 1\nA: again"), [1, 4]);
    assert_eq!(problems("a\t\n\tb\n\t\nc\td\te\tf"), [1, 2, 4]);
    assert_eq!(problems(&format!("{}\tb", "x".repeat(100_001))), [1]);
    assert_eq!(read(" \n\r\n\t\n").cards, []);
    assert_eq!(read(""), Pasted { cards: vec![], problems: vec![] });
}

#[test]
fn a_large_text_is_read_at_once() {
    let started = Instant::now();
    for piece in ["\"a\n", "\"a\tb\n", "Q: a\n", "A: b\n", "{{c1::{\n", "\"\"", "a\tb\n", "\n", "```\n"] {
        let _ = read(&piece.repeat(100_000 / piece.len()));
        let _ = read(&format!("Q: q\nA: {}", piece.repeat(20_000 / piece.len())));
    }
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

proptest! {
    #[test]
    fn every_word_is_in_a_card_or_its_line_is_a_problem(rows in proptest::collection::vec("(Q: |A: |\"|\t|#|\\{\\{c1::)?[a-z\t\" }]{0,12}", 0..12)) {
        let marked: Vec<String> = rows.iter().enumerate().map(|(at, row)| format!("{row} w{at}w")).collect();
        let pasted = read(&marked.join("\n"));
        let all: String = pasted.cards.iter().map(|card| format!("{} {} {} ", card.question, card.answer, card.tags.join(" "))).collect();
        for at in 0..marked.len() {
            let there = all.contains(&format!("w{at}w"));
            // A problem tells the line where its card began.
            let told = pasted.problems.iter().any(|problem| problem.line as usize <= at + 1);
            prop_assert!(there || told, "{:?} of {marked:?}: {pasted:?}", marked[at]);
        }
    }

    #[test]
    fn what_is_written_as_pairs_is_read_as_pairs(cards in proptest::collection::vec(("[a-zé漢]{1,9}", "[a-zé漢]{1,9}"), 0..9)) {
        let text: String = cards.iter().map(|(question, answer)| format!("Q: {question}\nA: {answer}\n\n")).collect();
        prop_assert_eq!(sides(&text), cards);
    }
}
