//! Words that make no difference to a question, and words that make all of it. Accents are taken away, as in
//! [`super::normalised`], and `ß` is `ss`.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use super::plain_words::{EMPTY, GENERAL, PHRASES, SAME, UNITS};

/// Words that say nothing in a word of a vocabulary either.
const ARTICLES: &str = "the a an to der die das den dem des ein eine einen einem einer le la les l un une des du el \
     los las una unos unas il lo gli o os as um uma het een sich";

/// Words that ask when a text begins with them.
const BIDDING: &str = "list state give name write find show complete determine specify outline note recall";

/// Cardinal numbers in words, without those that are articles or other words too.
const NUMBERS: &[(&str, &str)] = &[
    ("2", "two zwei deux dos due dois twee"),
    ("3", "three drei trois tres tre drie"),
    ("4", "four vier quatre cuatro quattro quatro"),
    ("5", "five funf cinq cinco cinque vijf"),
    ("6", "six sechs seis sei zes"),
    ("7", "seven sieben sept siete sette sete zeven"),
    ("8", "eight acht huit ocho otto oito"),
    ("9", "nine neun neuf nueve nove negen"),
    ("10", "ten zehn dix diez dieci dez tien"),
    ("11", "eleven elf onze"),
    ("12", "twelve zwolf douze doce dodici doze twaalf"),
    ("13", "thirteen dreizehn treize trece"),
    ("14", "fourteen vierzehn quatorze catorce"),
    ("15", "fifteen funfzehn quinze quince"),
    ("16", "sixteen sechzehn seize"),
    ("17", "seventeen"),
    ("18", "eighteen"),
    ("19", "nineteen"),
    ("20", "twenty zwanzig vingt veinte"),
    ("30", "thirty dreissig trente treinta"),
    ("40", "forty vierzig quarante cuarenta"),
    ("50", "fifty funfzig cinquante cincuenta"),
    ("60", "sixty sechzig"),
    ("100", "hundred hundert cent cien"),
    ("1000", "thousand tausend mille mil"),
];

/// Ordinal numbers in words, marked so that none is taken for a number.
const ORDINALS: &[(&str, &str)] = &[
    ("2°", "ii"),
    ("3°", "iii"),
    ("4°", "iv"),
    ("6°", "vi"),
    ("7°", "vii"),
    ("8°", "viii"),
    ("1°", "first erste ersten erster erstes premier premiere primero primera primo prima primeiro primeira"),
    ("2°", "second zweite zweiten zweiter zweites deuxieme segundo segunda seconde secondo seconda"),
    ("3°", "third dritte dritten dritter drittes troisieme tercer tercero tercera terzo terza"),
    ("4°", "fourth vierte vierten vierter quatrieme cuarto cuarta"),
    ("5°", "fifth funfte funften cinquieme quinto"),
    ("6°", "sixth sechste sechsten sixieme sexto"),
    ("7°", "seventh siebte siebten septieme"),
    ("8°", "eighth achte achten huitieme octavo"),
    ("9°", "ninth neunte neunten neuvieme"),
    ("10°", "tenth zehnte zehnten dixieme"),
    ("11°", "eleventh"),
    ("12°", "twelfth"),
    ("13°", "thirteenth"),
    ("14°", "fourteenth"),
    ("15°", "fifteenth"),
    ("16°", "sixteenth"),
    ("18°", "eighteenth"),
    ("19°", "nineteenth"),
    ("20°", "twentieth"),
];

/// Words that turn a question into another one, whichever of two has it.
const TURNS: &[&str] =
    &["not no never without except least most largest smallest highest lowest shortest longest fewest last minimum \
     maximum before after left right unless only nicht kein keine keinen nie ohne ausser vor nach letzte letzten \
     letzter links rechts linke rechte kleinste pas sans jamais sauf avant apres dernier derniere gauche droite \
     nunca sin antes despues ultimo ultima izquierda derecha senza mai minimo maximo"];

/// Words of which one in the place of another asks for something else, however much else is said.
const POLAR: &[&str] =
    &["cause effect begin end birth death increase decrease input output open close import export gain lose absorb \
     release buy sell lend borrow positive negative internal external inner outer upper lower north south east west \
     northern southern eastern western male female mother father predecessor successor precede succeed above below \
     pull push read author remove add numerator denominator dividend divisor cathode anode acid base systolic \
     diastolic afferent efferent best worst average singular plural active passive hot cold converge diverge domain \
     range rows columns row column"];

/// Interrogatives by which questions about one thing ask for different ones.
const INTERROGATIVES: &str = "when where cause wo woher wohin ou donde dove onde";

/// What is the answer to many questions of one kind.
const COMMON: &str = "yes no true false ja nein wahr falsch oui non vrai faux si verdadero falso sim nao vero";

#[derive(Clone, Copy)]
pub(super) enum Sense {
    /// Of no weight.
    Empty,
    /// The same as all words of this name.
    Same(&'static str),
    /// A number or a unit, which is so in an answer too.
    Amount(&'static str),
}

static SENSES: LazyLock<HashMap<&'static str, Sense>> = LazyLock::new(|| {
    let mut senses = HashMap::new();
    for (word, name) in SAME.iter().flat_map(|line| named(line)) {
        senses.entry(word).or_insert(Sense::Same(name));
    }
    let units = UNITS.iter().flat_map(|line| named(line));
    senses.extend(units.map(|(word, name)| (word, Sense::Amount(name))));
    for (number, line) in NUMBERS.iter().chain(ORDINALS) {
        senses.extend(line.split_whitespace().map(|word| (word, Sense::Amount(number))));
    }
    let empty = EMPTY.iter().flat_map(|line| line.split_whitespace());
    for word in empty {
        senses.entry(word).or_insert(Sense::Empty);
    }
    senses
});

fn named(line: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let name = line.split_whitespace().next().unwrap_or(line);
    line.split_whitespace().map(move |word| (word, name))
}

pub(super) fn sense(word: &str) -> Option<Sense> {
    SENSES.get(word).copied()
}

type Set = LazyLock<HashSet<&'static str>>;

fn set(lines: &'static [&'static str]) -> HashSet<&'static str> {
    lines.iter().flat_map(|line| line.split(' ')).collect()
}

static TURNING: Set = LazyLock::new(|| set(TURNS));
static OPPOSED: Set = LazyLock::new(|| set(POLAR));

pub(super) fn turns(word: &str) -> bool {
    word.ends_with('°') || TURNING.contains(word)
}

pub(super) fn is_article(word: &str) -> bool {
    ARTICLES.split(' ').any(|own| own == word)
}

pub(super) fn bids(word: &str) -> bool {
    BIDDING.split(' ').any(|own| own == word)
}

/// A normalised text with one word for several.
pub(super) fn phrased(text: &str) -> String {
    let mut text = format!(" {text} ");
    for (phrase, word) in PHRASES {
        if text.contains(phrase) {
            text = text.replace(&format!(" {phrase} "), &format!(" {word} "));
        }
    }
    text
}

pub(super) fn is_polar(word: &str) -> bool {
    OPPOSED.contains(word)
}

/// The words of no field, one by one.
pub(super) fn general() -> impl Iterator<Item = &'static str> {
    GENERAL.iter().flat_map(|line| line.split_whitespace()).chain(SAME.iter().flat_map(|line| line.split_whitespace()))
}

pub(super) fn asks(word: &str) -> bool {
    INTERROGATIVES.split(' ').any(|own| own == word)
}

pub(super) fn is_common(word: &str) -> bool {
    COMMON.split(' ').any(|own| own == word)
}
