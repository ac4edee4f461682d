//! Rules about what a prompt asks: one thing, and a thing with one right answer.

use super::{
    Asked,
    languages::Language,
    numerals,
    side::{unquoted, unspaced, words},
};

/// Two questions in one are rated with one button: recalling half of it is neither a success nor a lapse.
pub(super) fn two_questions(asked: &Asked) -> Option<String> {
    if asked.is_cloze() {
        return None;
    }
    let prompt = unquoted(&asked.prompt.prose);
    (marks(&prompt, asked) > 1 || joined(&prompt, asked)).then(|| {
        "This asks two things at once, and one rating cannot tell which was recalled. Make a card of each.".into()
    })
}

/// Question marks that end a question: not one within a word or an address, nor one that is spoken of.
fn marks(prompt: &str, asked: &Asked) -> usize {
    let spaced = asked.language.is_some_and(|language| language.interrogatives.contains(&"quelle"));
    let chars: Vec<char> = prompt.chars().collect();
    let last_word = chars.iter().rposition(|c| c.is_alphanumeric()).unwrap_or(0);
    let ends = |at: usize| {
        let before = at.checked_sub(1).map_or(' ', |at| chars[at]);
        let after = chars.get(at + 1).copied().unwrap_or(' ');
        let wide = chars[at] == '？';
        let closes = after.is_whitespace() || matches!(after, ')' | '*' | '”' | '"' | '»');
        let last = at > last_word;
        let used = before.is_alphanumeric() || matches!(before, ')' | '\u{fffc}' | '%' | '°' | ']');
        wide || (closes && (used || last || (spaced && before.is_whitespace())))
    };
    let japanese = asked.language.is_some_and(|language| language.interrogatives.contains(&"いつ"));
    // One in brackets is a hint or an aside.
    let (mut depth, mut count) = (0_usize, 0);
    for at in 0..chars.len() {
        match chars[at] {
            '(' | '（' => depth += 1,
            ')' | '）' => depth = depth.saturating_sub(1),
            // Only the first mark of a run.
            '?' | '？' | '؟' if depth == 0 && (at == 0 || !matches!(chars[at - 1], '?' | '？' | '؟' | '!')) => {
                count += usize::from(ends(at));
            }
            '。' if japanese && depth == 0 && at > 0 && chars[at - 1] == 'か' => count += 1,
            _ => {}
        }
    }
    count
}

/// "When and where …", "… and why?": two interrogatives that belong to one question each.
fn joined(prompt: &str, asked: &Asked) -> bool {
    let Some(language) = asked.language else { return false };
    let words: Vec<String> = words(prompt).map(str::to_lowercase).take(80).collect();
    let asks = |at: usize| words.get(at).is_some_and(|word| language.interrogatives.contains(&word.as_str()));
    let and = |at: usize| words.get(at).is_some_and(|word| language.and.contains(&word.as_str()));
    if !prompt.contains('?') || language.comparing.iter().any(|word| words.iter().any(|other| other == word)) {
        return false;
    }
    let first = usize::from(!asks(0));
    let last = words.len().saturating_sub(1);
    let begins = asks(first) && and(first + 1) && asks(first + 2);
    // An interrogative at the very end stands for a question of its own.
    let ends = asks(first) && last > 2 && asks(last) && and(last - 1);
    begins || ends || asks_again(&words, language)
}

/// "What is osmosis, and what is diffusion?": an auxiliary after the second interrogative makes it one of its own.
fn asks_again(words: &[String], language: &Language) -> bool {
    let Some((first, begin)) = (0..2).find_map(|at| Some((at, interrogative(words, at, language)?))) else {
        return false;
    };
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    (begin + 1..words.len()).filter(|&at| language.and.contains(&word(at))).any(|and| {
        let Some(after) = interrogative(words, and + 1, language) else { return false };
        let second = word(and + 1);
        // These also begin a clause about what was named: "who was born in Ulm and who is …".
        let relative = matches!(second, "which" | "whose" | "whom" | "qui")
            || (second == "who" && matches!(word(first), "who" | "which" | "whose"));
        let after = after + usize::from(language.degrees.contains(&word(after)));
        // No clause has these before its subject.
        if !relative && matches!(word(after), "did" | "does" | "do") {
            return true;
        }
        // What is asked about may be clauses itself: "who decides what is right and what is wrong".
        let embedded =
            (begin..and).any(|at| interrogative(words, at, language).is_some() || EMBEDS.contains(&word(at)));
        !relative && !embedded && language.auxiliaries.contains(&word(after))
    })
}

/// Words after which a question is what is spoken of.
const EMBEDS: [&str; 14] = [
    "about",
    "whether",
    "if",
    "says",
    "say",
    "tells",
    "shows",
    "asks",
    "knows",
    "decides",
    "studies",
    "describes",
    "sur",
    "sobre",
];

/// The place after the interrogative that stands at `at`.
fn interrogative(words: &[String], at: usize, language: &Language) -> Option<usize> {
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    match (word(at), word(at + 1)) {
        ("o", "que") if language.interrogatives.contains(&"quem") => Some(at + 2),
        ("che", "cosa") => Some(at + 2),
        ("qu", "est") => Some(at + 1),
        (word, _) => language.interrogatives.contains(&word).then_some(at + 1),
    }
}

/// "Explain …" has many right answers, so nobody can rate the one that came to mind.
pub(super) fn open_prompt(asked: &Asked) -> Option<String> {
    if asked.is_cloze() {
        return None;
    }
    let language = asked.language?;
    let written = unquoted(&asked.prompt.prose);
    let prompt = written.to_lowercase();
    let verb = if prompt.chars().any(unspaced) {
        let text = prompt.trim_end_matches(|c: char| !c.is_alphanumeric());
        let limited = language.limits.iter().any(|limit| prompt.contains(limit)) || measured(&prompt);
        let begins = language.open.iter().find(|open| text.starts_with(**open));
        begins.or_else(|| language.open_ends.iter().find(|end| text.ends_with(**end))).filter(|_| !limited)
    } else {
        let words: Vec<&str> = words(&prompt).take(120).collect();
        let limited = words.iter().skip(1).any(|word| language.limits.contains(word)) || counted(&written, language);
        language.open.iter().find(|open| opens(&prompt, open)).filter(|_| !limited)
    };
    verb.map(|verb| {
        format!("“{verb}” leaves open what a right answer is, so it cannot be rated. Ask for one thing, or say how much is wanted.")
    })
}

/// "Three causes", "in 2 sentences": a number that counts what is asked for, and is not a year, a day or part of a name.
fn counted(prompt: &str, language: &Language) -> bool {
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let capital = |word: &str| language.capitals_name && word.starts_with(char::is_uppercase);
    let tokens: Vec<&str> = prompt.split_whitespace().take(120).collect();
    (1..tokens.len()).any(|at| {
        let number = tokens[at].trim_start_matches(['(', '¿']);
        let counts = language.counts.contains(&number.to_lowercase().as_str())
            || number.bytes().all(|byte| byte.is_ascii_digit()) && matches!(number.parse(), Ok(1..=20));
        // "World War 2 began", "6 June".
        let Some(next) = tokens.get(at + 1).filter(|next| next.starts_with(char::is_alphabetic)) else { return false };
        let of_name = (at > 1 && capital(tokens[at - 1])) || capital(next) || MONTHS.contains(&bare(next).as_str());
        let one_of = bare(number) == "one" && bare(next) == "of";
        counts && !of_name && (one_of || !language.function.contains(&bare(next).as_str()))
    })
}

/// Where they are written as any other noun is.
const MONTHS: [&str; 48] = [
    "januar",
    "februar",
    "märz",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "dezember",
    "janvier",
    "février",
    "mars",
    "avril",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
    "januari",
    "februari",
    "maart",
    "mei",
    "augustus",
    "december",
    "gennaio",
    "febbraio",
    "marzo",
    "aprile",
    "maggio",
    "giugno",
    "luglio",
    "agosto",
    "settembre",
    "ottobre",
    "novembre",
    "dicembre",
    "enero",
    "abril",
    "mayo",
    "junio",
    "julio",
    "janeiro",
    "dezembro",
];

/// The same in Chinese and Japanese, where a number takes a word of measure: `三个`, `50字`, `二つ`, and not `这个`.
fn measured(prompt: &str) -> bool {
    const MEASURES: [char; 18] =
        ['个', '個', '条', '條', '点', '點', '项', '項', '字', '句', '文', '語', '词', '詞', 'つ', '步', '段', '行'];
    let chars: Vec<char> = prompt.chars().collect();
    let number = |c: char| c.is_numeric() || numerals::is_numeral(c);
    (1..chars.len()).filter(|&at| MEASURES.contains(&chars[at]) && number(chars[at - 1])).any(|at| {
        let before = chars[..at].iter().rev().find(|c| !number(**c));
        // Ordinals name one of several.
        before != Some(&'第') && chars.get(at + 1) != Some(&'目')
    })
}

/// Whether a sentence of the prompt begins with the verb.
fn opens(prompt: &str, verb: &str) -> bool {
    let (first, second) = verb.split_once(' ').unwrap_or((verb, ""));
    prompt.split(['.', '?', '!', ':', '\n']).take(6).any(|sentence| {
        let mut words = words(sentence)
            .filter(|word| !matches!(*word, "please" | "bitte" | "s" | "il" | "vous" | "plaît" | "por" | "favor"));
        if words.next() != Some(first) {
            return false;
        }
        match words.next() {
            // The verb alone is a word that is spoken of.
            None => false,
            // "Leg … uit": the particle comes last.
            Some(word) => second.is_empty() || word == second || (second == "uit" && words.last() == Some(second)),
        }
    })
}
