//! The rule about words that point at something outside of the card.

use super::{
    Asked,
    languages::{Language, guess},
    side::{unquoted, unspaced, words},
};

/// A card is met alone, in a month: what "it" was in the conversation is forgotten by then.
pub(super) fn dangling_pronoun(asked: &Asked) -> Option<String> {
    let language = asked.language?;
    let prose = unquoted(&asked.prompt.prose);
    let lower = prose.to_lowercase();
    if let Some(phrase) = language.outside.iter().find(|phrase| lower.contains(*phrase)) {
        return Some(format!("“{phrase}” points at a text that is not on the card. Ask about the matter itself."));
    }
    // What it points at may be in code, in a formula, in a picture, after a colon or in brackets.
    let shown = asked.prompt.objects && !asked.is_cloze();
    if shown || prose.contains([':', '：', '(', '（', '"', '\n']) || translated(asked, language) {
        return None;
    }
    let pronoun = if prose.chars().any(unspaced) {
        begins_unspaced(language, &prose, asked)?
    } else {
        let mut sentences = prose.split(['.', '?', '!']).map(str::trim).filter(|sentence| !sentence.is_empty());
        let first = sentences.next()?;
        let all: Vec<String> = words(first).take(60).map(str::to_owned).collect();
        // "It has four chambers. What is it?" is a riddle, and its answer the name.
        let riddle = !asked.is_cloze() && prose.contains('?');
        in_question(language, &all)
            .or_else(|| whose(language, &all).filter(|_| !first.contains(',')))
            .or_else(|| in_statement(language, &all, first))
            .or_else(|| it_states(&all, first).filter(|_| !riddle))?
    };
    // "Sie, die Pyramiden": named at once.
    if prose.contains(&format!(" {pronoun}, ")) {
        return None;
    }
    Some(format!("“{pronoun}” points at something that the card does not name. Say what it is."))
}

/// A sentence and the same in another language: nobody has to know who "he" is.
fn translated(asked: &Asked, language: &Language) -> bool {
    let answer = &asked.answer.prose;
    let Some(other) = guess(answer).filter(|other| !asked.is_cloze() && !std::ptr::eq(*other, language)) else {
        return false;
    };
    let first = words(answer).next().map(str::to_lowercase);
    answer.ends_with(['?', '？']) || has(other.pronouns, first.as_ref()) || has(other.first_pronouns, first.as_ref())
}

fn has(list: &[&str], word: Option<&String>) -> bool {
    word.is_some_and(|word| list.contains(&word.to_lowercase().as_str()))
}

/// The place after the auxiliaries of a question, where its subject stands.
fn subject(language: &Language, words: &[String]) -> Option<usize> {
    // A preposition may come first: "In what year …".
    let first = (0..2).find(|&at| has(language.interrogatives, words.get(at)))?;
    let mut at = first + 1;
    let degree = has(language.degrees, words.get(at));
    at += usize::from(degree);
    let takes_noun = degree || has(language.determining, words.get(first));
    if takes_noun && !has(language.auxiliaries, words.get(at)) {
        at += 1;
    }
    if !has(language.auxiliaries, words.get(at)) {
        return None;
    }
    while has(language.auxiliaries, words.get(at)) {
        at += 1;
    }
    Some(at)
}

/// "When was he born?": a question in which nothing is named before the pronoun.
fn in_question(language: &Language, words: &[String]) -> Option<String> {
    let at = subject(language, words)?;
    let word = words.get(at)?;
    // "Sie" in German is a polite you, and a capital elsewhere is a name ("IT").
    if word.chars().any(char::is_uppercase) || !has(language.pronouns, Some(word)) {
        return None;
    }
    let after = &words[at + 1..];
    let stands_for_nothing =
        has(language.expletives, Some(word)) && after.iter().any(|sign| has(language.expletive_signs, Some(sign)));
    // "those who …", "ce que": what follows says what is meant.
    let told = has(&["who", "that", "which", "whose", "of", "days", "qui", "que", "that's"], after.first());
    (!stands_for_nothing && !told).then(|| word.clone())
}

/// "What is its capital?". Only after a form of "to be", and where no name comes later: "What did his men call Caesar?".
fn whose(language: &Language, words: &[String]) -> Option<String> {
    const BE: [&str; 33] = [
        "is", "are", "was", "were", "ist", "sind", "war", "waren", "est", "sont", "était", "étaient", "fut", "es",
        "son", "era", "eran", "fue", "fueron", "è", "sono", "erano", "fu", "é", "são", "eram", "foi", "foram", "zijn",
        "s", "furono", "furent", "sei",
    ];
    let mut at = subject(language, words)?;
    if !has(&BE, at.checked_sub(1).and_then(|before| words.get(before))) {
        return None;
    }
    // "La sua capitale".
    at += usize::from(has(&["la", "il", "le", "i", "o", "a", "os", "as"], words.get(at)));
    let word = words.get(at).filter(|word| word.chars().all(char::is_lowercase))?;
    let owned = words.get(at + 1..)?;
    let named = language.capitals_name && owned.iter().any(|word| word.starts_with(char::is_uppercase));
    // "Its and it's" are spoken of.
    let own = owned.iter().any(|word| word == "own") || has(language.and, owned.first());
    (has(language.possessives, Some(word)) && !owned.is_empty() && !named && !own).then(|| word.clone())
}

/// "They are made of …": a statement that begins with a pronoun and names nothing before its first comma.
fn in_statement(language: &Language, words: &[String], sentence: &str) -> Option<String> {
    let word = words.first()?;
    let told = has(&["who", "that", "which", "days", "qui", "que", "is"], words.get(1));
    let plain = words.len() > 3 && !sentence.contains(',') && !told;
    (plain && has(language.first_pronouns, Some(word))).then(|| word.clone())
}

/// "It was founded in …". "It" also stands for what comes later or for nothing ("It is likely that …", "It takes an hour to
/// …"), so only what is said of a thing counts.
fn it_states(words: &[String], sentence: &str) -> Option<String> {
    const LATER: [&str; 15] = [
        "that", "to", "who", "whom", "which", "whose", "when", "where", "why", "how", "if", "whether", "because",
        "for", "called",
    ];
    const OF_A_THING: [&str; 20] = [
        "founded",
        "built",
        "invented",
        "discovered",
        "composed",
        "located",
        "made",
        "published",
        "written",
        "painted",
        "produced",
        "designed",
        "established",
        "introduced",
        "named",
        "divided",
        "surrounded",
        "covered",
        "bordered",
        "the",
    ];
    const SAID: [&str; 14] = [
        "has", "had", "consists", "contains", "lies", "belongs", "orbits", "produces", "converts", "borders", "stores",
        "carries", "pumps", "lasted",
    ];
    let it = words.first().filter(|word| *word == "It")?;
    let second = words.get(1)?.as_str();
    let states = SAID.contains(&second) || (matches!(second, "is" | "was") && has(&OF_A_THING, words.get(2)));
    let later = words.iter().skip(2).any(|word| has(&LATER, Some(word)));
    (states && !later && words.len() > 3 && !sentence.contains(',')).then(|| it.clone())
}

/// Chinese and Japanese sentences that begin with a pronoun as their subject.
fn begins_unspaced(language: &Language, prose: &str, asked: &Asked) -> Option<String> {
    let pronoun = language.first_pronouns.iter().find(|pronoun| prose.starts_with(**pronoun))?;
    let mut after = prose[pronoun.len()..].chars();
    // 他 also begins words: 他人, 他汀.
    let own = *pronoun != "他" || after.next().is_some_and(|next| OF_HIM.contains(next));
    let sentences: Vec<&str> =
        prose.split(['。', '？', '?', '！']).filter(|sentence| !sentence.trim().is_empty()).collect();
    let asks = prose.ends_with(['？', '?']) || prose.trim_end_matches('。').ends_with('か');
    // A statement to be translated or judged, a riddle that the answer solves, a first half whose second may tell.
    let sure = asked.is_cloze() || (asks && sentences.len() == 1);
    let told = sentences.first()?.contains(['，', '、', ',']);
    let foreign = asked.answer.prose.chars().all(|c| !unspaced(c)) && words(&asked.answer.prose).count() > 1;
    let translates = foreign && !asked.is_cloze();
    (own && sure && !told && !translates).then(|| (*pronoun).to_owned())
}

/// What follows 他 where it is a man.
const OF_HIM: &str = "的在是们們于於何什为為出曾有和被因由死生写寫发發提最哪几幾主叫又从從对對如怎创創建获獲当當";
