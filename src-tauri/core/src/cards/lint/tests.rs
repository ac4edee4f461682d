//! What holds for every text, hostile ones too.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{lint, side, text};
use crate::cards::{NewCard, NoteKind, starter};

const KINDS: [NoteKind; 3] = [NoteKind::Basic, NoteKind::Reversed, NoteKind::Cloze];

fn card(kind: NoteKind, question: &str, answer: &str) -> NewCard {
    NewCard { kind, question: question.into(), answer: answer.into(), tags: Vec::new(), source: None }
}

fn timed(text: &str) -> Duration {
    let begun = Instant::now();
    for kind in KINDS {
        let _ = lint(&card(kind, text, text), Some(text));
    }
    begun.elapsed()
}

#[test]
fn a_side_of_opening_marks_takes_time_in_proportion_to_its_length() {
    let hostile = [
        "$",
        "$$",
        "$x ",
        "`",
        "` ",
        "``` ",
        "```\n",
        "~~~\n",
        "{{c1::",
        "{{c1::a}}",
        "{{c1::{",
        "{{c1::{}} ",
        "{",
        "}",
        "}}",
        "\\(",
        "\\[x",
        "\\frac",
        "\\",
        "[",
        "](",
        "![",
        "<a",
        "<",
        "\"",
        "“",
        "?",
        "? ",
        "who and when ",
        "1,",
        "1 ",
        "9",
        "a.b.",
        "- a\n",
        "| a |\n",
        "\n\n",
        "a, ",
        "a and ",
        "é",
        "漢",
        "Aaa Bbb ",
        "explain ",
        "\u{301}",
        "https://a.b/?c=",
        "\u{fffc}",
        "二",
        "二十",
        "1億",
        "`12` ",
        "$12$ ",
        "10^",
        "1e",
        "9×10^",
        "two hundred ",
        "Wann und was ist ",
        "か。",
    ];
    for piece in hostile {
        let text = piece.repeat(40_000 / piece.len());
        // A tenth of a second when linear; comparing every mark with every other took three. Twice, because the machine
        // has other work too.
        let taken = (0..2).map(|_| timed(&text)).find(|taken| *taken < Duration::from_secs(2));
        assert!(taken.is_some(), "{piece:?}");
    }
}

#[test]
fn the_starter_deck_is_as_good_as_it_asks_others_to_be() {
    for one in starter::deck(crate::time::UnixMillis(0)) {
        assert_eq!(lint(&card(NoteKind::Basic, &one.question, &one.answer), None), [], "{}", one.question);
    }
}

#[test]
fn words_are_counted_as_they_are_read() {
    for (text, words) in [
        ("**one** *two* `three four` $five + six$", 4),
        ("- one\n- [two](https://example.org/a_b?c=d)\n> three", 3),
        ("東京は日本の首都です", 5),
        ("<b>one</b><br>two &", 2),
        ("```\nnot counted\n```", 0),
        ("snake_case and 3.14", 3),
        ("", 0),
    ] {
        assert_eq!(side::Side::read(text).words(), words, "{text}");
    }
}

#[test]
fn sentences_end_where_people_end_them() {
    for (text, sentences) in [
        ("One. Two. Three", 3),
        ("Dr. A. B. Smith lives at St. Mary's, e.g. in spring.", 1),
        ("Am 3. Oktober 1990. Dann kam z.B. die Wahl.", 2),
        ("It is 3.14. Really!", 2),
        ("In the U.S. at 9 a.m. on Monday, Ann Smith, Ph.D. of Yale, spoke.", 1),
        ("He wrote it in Rust.Then he slept. So did I.", 2),
        ("一つ。二つ。", 2),
        ("...", 0),
    ] {
        assert_eq!(side::sentences(text), sentences, "{text}");
    }
}

proptest! {
    #[test]
    fn nothing_panics_and_findings_come_once_in_order(
        question in "([a-zA-Zé漢ß0-9 ]|\\PC|[`$\\\\{}:\\[\\]()<>|*_~?.,\n-]|\\{\\{c1::|\\}\\}|```|\\\\frac){0,60}",
        answer in "(\\PC|[`$\\\\{}:\n]){0,40}",
        passage in proptest::option::of("\\PC{0,40}"),
    ) {
        for kind in KINDS {
            let findings = lint(&card(kind, &question, &answer), passage.as_deref());
            prop_assert!(findings.windows(2).all(|pair| pair[0].rule < pair[1].rule));
            prop_assert!(findings.iter().all(|finding| !finding.message.is_empty()));
        }
    }

    #[test]
    fn the_pieces_of_a_side_are_the_side(text in "([a-zé漢 ]|[`$\\\\()\\[\\]\n]|```\n|\\$\\$){0,80}") {
        let mut at = 0;
        for (_, range) in text::spans(&text).all {
            prop_assert_eq!(range.start, at);
            at = range.end;
        }
        prop_assert_eq!(at, text.len());
    }
}
