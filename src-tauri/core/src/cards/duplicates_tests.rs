//! Pairs of cards that are one, and pairs that only look like it.

use proptest::prelude::*;

use super::*;

type Pair = ((&'static str, &'static str), (&'static str, &'static str));

const SAME: &[Pair] = &[
    (("What is the capital of France?", "Paris"), ("what is the **capital** of France", "Paris.")),
    (("Où est née Marie Curie ?", "À Varsovie"), ("Ou est nee Marie Curie", "a varsovie")),
    (("ＡＢＣ ﬁsh?", "1"), ("abc fish", "1")),
    (("hund", "dog"), ("dog", "hund")),
    (("日本の首都は？", "東京"), ("日本の首都は", "「東京」")),
];

const SIMILAR_PAIRS: &[Pair] = &[
    (("What is the capital of France?", "Paris"), ("Which city is the capital of France?", "Paris")),
    (
        ("Who discovered penicillin?", "Alexander Fleming"),
        ("Who was it that discovered penicillin in London?", "Alexander Fleming"),
    ),
    (
        ("Which organelle makes ATP in the cell?", "The mitochondrion"),
        ("What organelle makes a cell's ATP?", "Mitochondrion"),
    ),
    (("Wann fiel die Berliner Mauer?", "9. November 1989"), ("Wann fiel die Mauer in Berlin?", "Am 9. November 1989")),
    (("Quelle est la capitale de la France ?", "Paris"), ("La capitale de la France est…", "Paris")),
    (("¿Quién pintó el Guernica?", "Pablo Picasso"), ("¿Quién pintó el cuadro Guernica?", "Picasso, Pablo")),
    (("水の化学式は何ですか？", "H2O"), ("水の化学式は何か", "H₂O")),
    (
        ("What is osmosis?", "Diffusion of water through a semipermeable membrane"),
        ("Define osmosis.", "The diffusion of water across a semipermeable membrane"),
    ),
];

const SIMILAR_MORE: &[Pair] = &[
    (
        ("Which trait must a Rust type implement to be duplicated by plainly copying bits?", "`Copy`"),
        ("Which trait lets a Rust type be duplicated by a plain copy of its bits?", "`Copy`"),
    ),
    (
        ("Who coined the phrase \"arrow of time\" in 1927?", "Arthur Eddington"),
        ("Who coined the term arrow of time?", "Arthur Eddington"),
    ),
    (("In which year was Marbury decided?", "1803"), ("When was Marbury decided?", "1803")),
    (
        ("How many Earth days is a year on Mars?", "687"),
        ("How long is a year on Mars in Earth days?", "About 687 Earth days"),
    ),
    (
        ("Wann trat das Grundgesetz der Bundesrepublik Deutschland in Kraft?", "Am 24. Mai 1949"),
        ("Wann ist das Grundgesetz der Bundesrepublik in Kraft getreten?", "24. Mai 1949"),
    ),
];

const APART: &[Pair] = &[
    (("How many days has a year on Mars?", "687 days"), ("How many days has a year on Venus?", "225 days")),
    (("How many bones has a hand?", "27 bones"), ("How many bones has a foot?", "26 bones")),
    (("How many moons has Mars?", "2 moons"), ("How many rings has Mars?", "2 rings")),
    (("What is the capital of France?", "Paris"), ("What is the capital of Spain?", "Madrid")),
    (("What is the capital of France?", "Paris"), ("What is the capital of Spain?", "Paris")),
    (
        ("Who was the first president of the United States?", "George Washington"),
        ("Who was the second president of the United States?", "John Adams"),
    ),
    (("When did World War I begin?", "1914"), ("When did World War I end?", "1918")),
    (("When was Mozart born?", "1756"), ("Where was Mozart born?", "Salzburg")),
    (("What is the derivative of $x^2$?", "$2x$"), ("What is the derivative of $x^3$?", "$3x^2$")),
    (("What is $\\sin 0$?", "0"), ("What is $\\cos 0$?", "1")),
    (("Which hormone raises blood sugar?", "Glucagon"), ("Which hormone lowers blood sugar?", "Insulin")),
    (("What is the largest planet?", "Jupiter"), ("What is the smallest planet?", "Mercury")),
    (("Was heißt Hund auf Englisch?", "dog"), ("Was heißt Katze auf Englisch?", "cat")),
    (("Quelle est la capitale de l'Italie ?", "Rome"), ("Quelle est la capitale de l'Espagne ?", "Madrid")),
    (("フランスの首都は？", "パリ"), ("スペインの首都は？", "マドリード")),
    (("日本の首都は？", "東京"), ("中国の首都は？", "北京")),
    (("What does `git add` do?", "Stages changes"), ("What does `git commit` do?", "Records staged changes")),
    (("Which elements are noble gases?", "Helium and neon"), ("Which elements are not noble gases?", "All others")),
    (("What is 7 × 8?", "56"), ("What is 8 × 9?", "72")),
    (("In which year did Columbus reach America?", "1492"), ("In which year did Vespucci reach America?", "1499")),
    (("{{c1::Oslo}} is the capital of Norway.", ""), ("{{c1::Rome}} is the capital of Italy.", "")),
    (("What is the atomic number of carbon?", "6"), ("What is the atomic number of nitrogen?", "7")),
    (("When was Mozart born?", "1756"), ("When did Mozart die?", "1791")),
    (("Which drug slows the heart?", "A beta blocker"), ("Which drug lowers cholesterol?", "A statin")),
    (("a", "b"), ("c", "d")),
    (("What is $\\sin(-\\pi/2)$?", "-1"), ("What is $\\sin(\\pi/2)$?", "1")),
    (("What is sin(−π/2)?", "−1"), ("What is sin(π/2)?", "1")),
    (("What is sin(-x)?", "y"), ("What is sin(x)?", "y")),
    (("What follows from a ≠ b?", "c"), ("What follows from a = b?", "c")),
    (("How is A ⊂ B read?", "subset"), ("How is A ⊃ B read?", "superset")),
    (("What is the root of −5 x?", "−5"), ("What is the root of −5 x?", "5")),
];

/// What they say is the same, and few of their words are.
const REWORDED: &[Pair] = &[
    (
        ("Who invented the telephone?", "Alexander Graham Bell"),
        ("Who is the inventor of the telephone?", "Alexander Graham Bell"),
    ),
    (("State Hooke's law.", "$F=-kx$"), ("How did Hooke state the law of springs?", "$F = -kx$")),
    (
        ("For which $r$ does $\\sum_{n=0}^\\infty r^n$ converge?", "$|r|<1$"),
        ("When does $\\sum_{n=0}^{\\infty} r^{n}$ converge?", "For $|r| < 1$"),
    ),
    (
        ("What is the derivative of $\\sin x$?", "$\\cos x$"),
        ("What do you get when you differentiate $\\sin(x)$?", "$\\cos(x)$"),
    ),
    (
        ("What is the formula for kinetic energy?", "$E = \\frac{1}{2}mv^2$"),
        ("How is kinetic energy calculated?", "$E = \\frac12 m v^2$"),
    ),
    (("die Kaution", "the deposit (for a flat)"), ("deposit", "die Kaution")),
    (("der Bahnhof", "(train) station"), ("station", "Bahnhof")),
    (("The capital of Canada is ….", "Ottawa"), ("What is Canada's capital city?", "Ottawa (Ontario)")),
    (
        ("What is the boiling point of water?", "100 °C"),
        ("At which temperature does water boil?", "100 degrees Celsius"),
    ),
    (("How fast is light?", "299,792,458 m/s"), ("What is the speed of light?", "299 792 458 metres per second")),
    (("How many chambers has the heart?", "four"), ("The heart has … chambers.", "4")),
    (
        ("Which amendment abolished slavery?", "The Thirteenth Amendment"),
        ("Slavery was abolished by which amendment?", "The 13th Amendment"),
    ),
    (("Which battle ended World War I?", "None"), ("What battle brought the First World War to an end?", "None")),
    (
        ("What keyword defines a function in Python?", "`def`"),
        ("With which keyword is a function defined in Python?", "`def`"),
    ),
    (("What sets off a nerve impulse?", "Depolarisation"), ("What triggers a nerve impulse?", "Depolarization")),
    (("Wer schrieb „Die Verwandlung“?", "Franz Kafka"), ("Von wem wurde „Die Verwandlung“ geschrieben?", "Von Kafka")),
    (("Wann endete der Krieg?", "1648"), ("In welchem Jahr ging der Krieg zu Ende?", "Im Jahr 1648")),
    (("Que signifie le sigle PIB ?", "Produit intérieur brut"), ("Que veut dire PIB ?", "Le produit intérieur brut")),
    (("¿Quién descubrió la penicilina?", "Fleming"), ("¿Por quién fue descubierta la penicilina?", "Por Fleming")),
    (("関ヶ原の戦いは何年に起こりましたか？", "1600年"), ("関ヶ原の戦いはいつ？", "1600年")),
    (("フランスの首都はどこですか？", "パリ"), ("フランスの首都の名前は何ですか", "パリ")),
    (("中国的首都是哪里？", "北京"), ("中国的首都是哪个城市？", "北京市")),
    (("《红楼梦》的作者是谁？", "曹雪芹"), ("谁写了《红楼梦》？", "曹雪芹")),
];

/// Other facts, of which most have the same answer.
const OTHER_FACTS: &[Pair] = &[
    (("Who wrote Faust?", "Goethe"), ("Who wrote Werther?", "Goethe")),
    (("Who discovered polonium?", "Marie Curie"), ("Who discovered radium?", "Marie Curie")),
    (("What is the unit of energy?", "Joule"), ("What is the unit of work?", "Joule")),
    (("What is the currency of Germany?", "The euro"), ("What is the currency of France?", "The euro")),
    (("Which enzyme does ibuprofen inhibit?", "Cyclooxygenase"), ("Aspirin inhibits the enzyme ….", "cyclooxygenase")),
    (("What tide occurs at full moon?", "Spring tide"), ("What tide occurs at new moon?", "Spring tide")),
    (
        ("What is the worst-case time complexity of heap sort?", "$O(n \\log n)$"),
        ("What is the worst-case time complexity of merge sort?", "$O(n \\log n)$"),
    ),
    (("What is the derivative of $\\cos x$?", "$-\\sin x$"), ("What is the derivative of $\\cos x$?", "$\\sin x$")),
    (("What is $x^{2y}$ here?", "z"), ("What is $x^{2}y$ here?", "z")),
    (("How many sides has a hexagon?", "6"), ("How many vertices has a hexagon?", "6")),
    (("Python lists are ….", "mutable"), ("Python dictionaries are ….", "mutable")),
    (("ser", "to be (permanent)"), ("estar", "to be (temporary)")),
    (("el capital", "capital (money)"), ("la capital", "capital (city)")),
    (("begin", "anfangen"), ("start", "starten")),
    (("to rise", "上がる"), ("to raise", "上げる")),
    (("Welcher Kasus folgt auf „mit“?", "Dativ"), ("Welcher Kasus folgt auf „aus“?", "Dativ")),
    (("Wann wurde die DDR gegründet?", "1949"), ("Wann wurde die Bundesrepublik gegründet?", "1949")),
    (("『こころ』の作者は誰ですか？", "夏目漱石"), ("『それから』の作者は誰ですか？", "夏目漱石")),
    (("「行く」の過去形は？", "行った"), ("「行う」の過去形は？", "行った")),
    (("ブラジルの公用語は何ですか？", "ポルトガル語"), ("アンゴラの公用語は何ですか？", "ポルトガル語")),
    (("法国的货币是什么？", "欧元"), ("德国的货币是什么？", "欧元")),
];

#[test]
fn the_same_text_but_for_how_it_is_written() {
    for (a, b) in SAME {
        assert_eq!(likeness(*a, *b), Some((Likeness::SameText, 1.0)), "{a:?} {b:?}");
    }
}

#[test]
fn one_fact_in_two_wordings_and_two_facts_in_one() {
    let kind = |a, b| {
        assert_eq!(likeness(a, b), likeness(b, a), "{a:?} {b:?}");
        likeness(a, b).map(|(likeness, _)| likeness)
    };
    let missed = SIMILAR_PAIRS
        .iter()
        .chain(SIMILAR_MORE)
        .chain(REWORDED)
        .filter(|(a, b)| kind(*a, *b) != Some(Likeness::SimilarText));
    assert_eq!(missed.collect::<Vec<_>>(), [] as [&Pair; 0]);
    let wrong = APART.iter().chain(OTHER_FACTS).filter(|(a, b)| kind(*a, *b).is_some());
    assert_eq!(wrong.collect::<Vec<_>>(), [] as [&Pair; 0]);
}

#[test]
fn what_a_fact_hangs_on_is_not_folded_away() {
    for (text, expected) in [
        ("**Bold** _text_, `code`!", "bold text code"),
        ("  $x_1 \u{a0} + y^2$ ", "x_1 + y^2"),
        ("São Tomé", "sao tome"),
        ("が か", "が か"),
        ("3.14 and e.g.", "3.14 and e.g"),
        ("sin(−π/2) - or", "sin -π/2 or"),
        ("a ≠ b ∉ ½", "a ≠ b ∉ 1/2"),
        ("- one\n- two", "one two"),
        ("-one\n-two", "one two"),
        ("x^{-1}", "x^{-1}"),
        ("!!!", "!!!"),
        ("", ""),
    ] {
        assert_eq!(normalised(text), expected, "{text}");
    }
}

/// What it costs is for the bench to say (`compare_large_cards`).
#[test]
fn large_texts_are_compared_like_small_ones() {
    for piece in ["a ", "漢", "_", "e\u{301}", "1 2 ", "x_y.", "$x$ ", "\\frac{", " (", "{x", "A'"] {
        let text = piece.repeat(100_000 / piece.len());
        assert_eq!(likeness((&text, "y"), (&text, "x")), None, "{piece:?}");
        assert_eq!(likeness((&text, "y"), (&text, "Y")), Some((Likeness::SameText, 1.0)), "{piece:?}");
    }
}

#[test]
fn a_formula_is_the_same_with_and_without_its_braces() {
    for (text, expected) in [
        ("$\\frac{a}{b}$", " a/b "),
        ("$\\tfrac12 \\pi$", " 1/2π "),
        ("$x^{10}$ and $x^{2y}$", " x^10  and  x^{2y} "),
        ("$H_2O$, $a_{i}$", " H2O ,  a_i "),
        ("$\\left| r \\right| \\le 1$", " |r|≤1 "),
        ("$\\int \\cos x \\, dx$", " integral cosx "),
        ("$f(x+1)$", " f(x+1) "),
        ("from $5 to $9", "from 5 to 9"),
        ("`\\n` and {}", "`\\n` and {}"),
        ("\\frac{", "/{"),
    ] {
        assert_eq!(formula::plain(text), expected, "{text}");
    }
}

#[test]
fn words_speak_against_a_likeness_in_meaning() {
    for (a, b, apart) in [
        (("When did World War I begin?", "1914"), ("When did World War I end?", "1918"), true),
        (("What is the capital of France?", "Paris"), ("What is the capital of Spain?", "Madrid"), true),
        (("What is the largest planet?", "Jupiter"), ("What is the smallest planet?", "Mercury"), true),
        (("Which drug lowers cholesterol?", "A statin"), ("Which medicine reduces cholesterol?", "A statin"), false),
        (("What is the capital of France?", "Paris"), ("Quelle est la capitale de la France ?", "Paris"), false),
        (("When was Marbury decided?", "1803"), ("In which year was Marbury decided?", "In 1803"), false),
    ] {
        assert_eq!((told_apart(a, b), told_apart(b, a)), (apart, apart), "{a:?} {b:?}");
    }
}

proptest! {
    #[test]
    fn likeness_is_mutual_and_a_card_is_like_itself(a in "\\PC{1,30}", b in "\\PC{0,30}", c in "\\PC{1,30}", d in "\\PC{0,30}") {
        prop_assert_eq!(likeness((&a, &b), (&a, &b)), Some((Likeness::SameText, 1.0)));
        prop_assert_eq!(likeness((&a, &b), (&c, &d)), likeness((&c, &d), (&a, &b)));
        let share = likeness((&a, &b), (&c, &d)).map_or(0.5, |(_, share)| share);
        prop_assert!((0.0..=1.0).contains(&share));
    }

    #[test]
    fn what_is_normalised_stays_so(text in "[a-zA-Zé漢ﬁ０ _.,*`$\\\\^-]{0,30}") {
        let once = normalised(&text);
        prop_assert_eq!(normalised(&once), once);
    }
}
