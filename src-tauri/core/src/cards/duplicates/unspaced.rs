//! The words of Japanese and Chinese, which are written without spaces: what asks is taken away, and of what is left each
//! Han character is a word, as is each run of another script. Endings and particles in hiragana say nothing, unless there
//! is little else.

use crate::cards::script::unspaced;

/// What is written for another or for nothing, in this order: a longer one stands before those that it begins with.
const WRITTEN: &[(&str, &str)] = &[
    ("と呼ばれますか", ""),
    ("と呼ばれる", ""),
    ("と呼びますか", ""),
    ("と読みますか", "読"),
    ("読み方", "読"),
    ("読みます", "読"),
    ("何という", ""),
    ("何といいますか", ""),
    ("何と言いますか", ""),
    ("といいますか", ""),
    ("のはなぜ", "理由"),
    ("はなぜ", "理由"),
    ("なぜ", "理由"),
    ("どうして", "理由"),
    ("何年", "いつ"),
    ("何月何日", "いつ"),
    ("何ですか", ""),
    ("なんですか", ""),
    ("でしょうか", ""),
    ("どこ", ""),
    ("どの", ""),
    ("どれ", ""),
    ("どんな", ""),
    ("どのような", ""),
    ("いくつ", ""),
    ("いくら", ""),
    ("いつ", ""),
    ("だれ", ""),
    ("誰", ""),
    ("何", ""),
    ("正式名称", "名"),
    ("名前", ""),
    ("名称", ""),
    ("定義", ""),
    ("述べよ", ""),
    ("述べなさい", ""),
    ("答えよ", ""),
    ("答えなさい", ""),
    ("説明せよ", ""),
    ("説明しなさい", ""),
    ("教えて", ""),
    ("行われ", ""),
    ("行な", ""),
    ("起こ", ""),
    ("起き", ""),
    ("起こった", ""),
    ("作者", "著"),
    ("著者", "著"),
    ("書いた", "著"),
    ("書かれ", "著"),
    ("執筆", "著"),
    ("発明者", "発明"),
    ("発見者", "発見"),
    ("創設者", "創設"),
    ("創業者", "創業"),
    ("最も", "一番"),
    ("もっとも", "一番"),
    ("生産", "産"),
    ("産生", "産"),
    ("始ま", "始"),
    ("開始", "始"),
    ("終わ", "終"),
    ("終了", "終"),
    ("亡くな", "死"),
    ("死去", "死"),
    ("死亡", "死"),
    ("没年", "死"),
    ("生まれ", "生"),
    ("誕生", "生"),
    ("大きさ", "大"),
    ("キロメートル", "km"),
    ("メートル", "m"),
    ("キログラム", "kg"),
    ("パーセント", "%"),
    ("略称", "意味"),
    ("略", "意味"),
    ("役割", "機能"),
    ("働き", "機能"),
    ("意味", "意味"),
    // Chinese
    ("是什么意思", "意味"),
    ("什么意思", "意味"),
    ("什麼意思", "意味"),
    ("含义", "意味"),
    ("代表什么", "意味"),
    ("中文全称", "意味"),
    ("全称", "意味"),
    ("缩写", "意味"),
    ("叫什么名字", ""),
    ("叫什么", ""),
    ("是什么时候", ""),
    ("什么时候", ""),
    ("什麼時候", ""),
    ("是什么", ""),
    ("什么是", ""),
    ("什么", ""),
    ("什麼", ""),
    ("何时", ""),
    ("哪一年", ""),
    ("哪年", ""),
    ("在哪里", ""),
    ("哪里", ""),
    ("哪裡", ""),
    ("哪儿", ""),
    ("哪一个", ""),
    ("哪个", ""),
    ("哪個", ""),
    ("哪位", ""),
    ("哪些", ""),
    ("哪一", ""),
    ("哪座", ""),
    ("哪", ""),
    ("是谁", ""),
    ("谁", ""),
    ("誰", ""),
    ("多少", ""),
    ("几", ""),
    ("请问", ""),
    ("请", ""),
    ("写出", ""),
    ("说出", ""),
    ("叫做", ""),
    ("称为", ""),
    ("被称", ""),
    ("名字", ""),
    ("为什么", "理由"),
    ("为何", "理由"),
    ("如何", ""),
    ("怎么", ""),
    ("产物", "产生"),
    ("发明者", "发明"),
    ("发明人", "发明"),
    ("发现者", "发现"),
    ("创始人", "创立"),
    ("创办", "创立"),
    ("撰写", "著"),
    ("写了", "著"),
    ("写的", "著"),
    ("爆发", "始"),
    ("开始", "始"),
    ("结束", "终"),
    ("终结", "终"),
    ("去世", "死"),
    ("逝世", "死"),
    ("出生", "生"),
    ("诞生", "生"),
    ("成年人", "成人"),
    ("作用", "功能"),
    ("城市", ""),
];

/// Han characters that join or count.
const JOINING: &str = "的了是在吗呢和与及之等个块座位名为被由把对其這这那也都所人個本枚匹頭年度月日約约";

/// Endings that stand alone where what is before them was taken away.
const SPOKEN: &[&str] =
    &["です", "ですか", "でした", "でしたか", "である", "ますか", "ましたか", "しますか", "しましたか", "とは", "のは"];
/// So many characters make no more than a word with its ending.
const SHORT: usize = 5;

/// The words of a text between two spaces; signs and numbers of others than these go through `other`.
pub(super) fn words(text: &str, asks: bool, mut other: impl FnMut(&str), mut own: impl FnMut(String)) {
    let written = if asks { plain(text) } else { text.to_owned() };
    let characters = written.chars().filter(|c| unspaced(*c)).count();
    let title = written.chars().all(hiragana) && !SPOKEN.contains(&written.as_str());
    // A short one may be told from another by its endings alone (上がる, 上げる).
    let endings = title || (!asks && characters <= SHORT);
    for run in runs(&written) {
        let first = run.chars().next().unwrap_or(' ');
        if !unspaced(first) {
            other(run);
        } else if hiragana(first) {
            if endings {
                pairs(run, &mut own);
            }
        } else if han(first) {
            let words: Vec<char> = run.chars().filter(|c| !JOINING.contains(*c)).collect();
            // An answer that only counts something.
            let counted = if asks || words.len() != 1 { None } else { numeral(words[0]) };
            match counted {
                Some(number) => own(number),
                None => words.iter().for_each(|c| own(c.to_string())),
            }
        } else if katakana(first) {
            own(run.to_owned());
        } else {
            pairs(run, &mut own);
        }
    }
}

fn numeral(c: char) -> Option<String> {
    let value = if c == '两' { 2 } else { "一二三四五六七八九十".chars().position(|own| own == c)? + 1 };
    Some(value.to_string())
}

fn plain(text: &str) -> String {
    let mut text = text.to_owned();
    for (written, plain) in WRITTEN {
        if text.contains(written) {
            text = text.replace(written, plain);
        }
    }
    text
}

/// Each two characters; one alone is a particle.
fn pairs(run: &str, own: &mut impl FnMut(String)) {
    for (one, next) in run.chars().zip(run.chars().skip(1)) {
        own([one, next].iter().collect());
    }
}

/// The pieces of `text` of one script each.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = rest.find(|c| script(c) != script(first)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        Some(run)
    })
}

fn script(c: char) -> u8 {
    match c {
        c if hiragana(c) => 1,
        c if katakana(c) => 2,
        c if han(c) => 3,
        c if unspaced(c) => 4,
        _ => 0,
    }
}

fn hiragana(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{309f}')
}

fn katakana(c: char) -> bool {
    matches!(c, '\u{30a0}'..='\u{30ff}')
}

fn han(c: char) -> bool {
    unspaced(c) && matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
