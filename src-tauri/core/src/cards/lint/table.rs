//! Cards that are good, and cards with one fault each, in several languages.

use super::lint;
use crate::cards::{NewCard, NoteKind, Rule, Rule::*};

fn found(kind: NoteKind, question: &str, answer: &str, passage: Option<&str>) -> Vec<Rule> {
    let card = NewCard { kind, question: question.into(), answer: answer.into(), tags: Vec::new(), source: None };
    lint(&card, passage).into_iter().map(|finding| finding.rule).collect()
}

/// Basic cards in which nothing is to be found.
const GOOD: &[(&str, &str)] = &[
    ("What is the capital of France?", "Paris"),
    ("Who first measured the forgetting curve, in 1885?", "Hermann Ebbinghaus."),
    (
        "Which is better for remembering: reading a text again, or trying to recall it?",
        "Trying to recall it (the *testing effect*).",
    ),
    (
        "In FSRS, what is the *stability* of a memory?",
        "The number of days after which the chance of recall has fallen to 90 %.",
    ),
    ("Which river flows through London?", "The River Thames"),
    ("Which effect explains the pitch of a passing siren?", "The Doppler effect"),
    ("How long is a marathon in kilometres?", "42.195 kilometres"),
    ("How many bits are in 8 bytes?", "64 bits"),
    ("What is the German word for \"no\"?", "Nein"),
    ("How do you say *yes* in Spanish?", "Sí"),
    ("Chemical symbol of silicon", "Si"),
    ("What does `1 == 1` evaluate to in Python?", "True"),
    ("What does `?` match in a glob?", "Exactly one character"),
    ("Which mark ends the sentence \"Who goes there?\" in print?", "A question mark"),
    (
        "What is the difference between mitosis and meiosis in the number of daughter cells?",
        "Mitosis gives two cells, meiosis four.",
    ),
    ("Is light a wave or a particle in the photoelectric effect?", "A particle"),
    ("Why is it important to sterilise a needle?", "To keep bacteria out of the blood"),
    ("How long does it take light to reach the Earth from the Sun?", "About 8 minutes"),
    ("What is it called when a gas becomes a liquid?", "Condensation"),
    ("Napoleon lost at Waterloo in 1815. Where was he exiled?", "Saint Helena"),
    ("What does this code print?\n```python\nprint(len('abc'))\n```", "3"),
    ("What does this formula give? $\\int_0^1 x\\,dx$", "$\\frac{1}{2}$"),
    ("Explain in one sentence why ice floats.", "Its hexagonal lattice is less dense than liquid water."),
    ("Describe the heart's rhythm in atrial fibrillation with two words.", "Irregularly irregular"),
    ("Which law describes the relation of pressure and volume?", "Boyle's law"),
    ("Who described the circulation of blood in 1628?", "William Harvey"),
    ("What does a shop pay for 3 items at $5 each with a $10 voucher?", "$5"),
    ("Where was the treaty signed that ended World War I?", "Versailles, France, in the Hall of Mirrors"),
    ("When was the Declaration of Independence adopted?", "On July 4, 1776, in Philadelphia"),
    ("What are the three primary colours of light?", "Red, green and blue"),
    ("What is the plural of *sheep*?", "Sheep"),
    (
        "Write a loop in Rust that counts from 0 to 9.",
        "```rust\nfor i in 0..10 {\n    println!(\"{i}\"); // a comment that says far too much about what this loop does, and goes on, and on, and on, and on\n}\n```",
    ),
    ("Which set holds those who pay no tax?", "The exempt"),
    ("What determines when and where a gene is expressed?", "Its regulatory sequences"),
    ("What colour does litmus turn in acid?", "Red"),
    (
        "Dr. Who asked Mr. Smith: which vitamin prevents scurvy?",
        "Vitamin C, e.g. from oranges. It is also called ascorbic acid.",
    ),
    ("Was ist die Hauptstadt von Österreich?", "Wien"),
    ("Wann fiel die Berliner Mauer?", "Am 9. November 1989"),
    ("Wie nennen Sie den Übergang von fest zu gasförmig?", "Sublimation"),
    ("Wie viele Planeten gibt es im Sonnensystem?", "Acht"),
    ("Erkläre in einem Satz, warum der Himmel blau ist.", "Kurzwelliges Licht wird an Luftmolekülen stärker gestreut."),
    ("Worin unterscheiden sich DNA und RNA im Zucker?", "DNA enthält Desoxyribose, RNA enthält Ribose."),
    ("Quelle est la capitale de l'Italie ?", "Rome"),
    ("Quand Napoléon est-il né ?", "En 1769"),
    ("Pourquoi est-il important de vérifier un frottis ?", "Pour dépister un cancer tôt"),
    ("Qui a peint Guernica ?", "Pablo Picasso"),
    ("¿Cuál es la capital de Perú?", "Lima"),
    ("¿En qué año llegó Colón a América?", "En 1492"),
    ("¿Quién escribió Don Quijote?", "Miguel de Cervantes"),
    ("Qual è la capitale d'Italia?", "Roma"),
    ("Chi ha dipinto la Gioconda?", "Leonardo da Vinci"),
    ("Qual é a capital de Portugal?", "Lisboa"),
    ("Quem escreveu Os Lusíadas?", "Luís de Camões"),
    ("Wat is de hoofdstad van Nederland?", "Amsterdam"),
    ("Wanneer werd Rembrandt geboren?", "In 1606"),
    ("日本の首都はどこですか？", "東京"),
    ("水の化学式は何ですか？", "H₂O"),
    ("光合成はどこで行われるか。", "葉緑体"),
    ("中国的首都是哪里？", "北京"),
    ("水的沸点是多少度？", "100 °C"),
    ("ما هي عاصمة مصر؟", "القاهرة"),
    ("מהי בירת ישראל?", "ירושלים"),
    ("Какая столица России?", "Москва"),
    ("Jaka jest stolica Polski?", "Warszawa"),
    ("ราชธานีของไทยคืออะไร", "กรุงเทพ"),
    ("프랑스의 수도는 어디입니까?", "파리"),
    ("What costs US$5-$10 in most shops?", "A coffee"),
    ("Which LaTeX command sets a fraction?", "\\frac{numerator}{denominator}"),
    ("How is the name of the island Hawai`i spoken?", "With a glottal stop"),
    ("Which folder holds drivers on Windows?", "C:\\Windows\\System32\\drivers"),
    ("Give an example of a noble gas.", "Neon"),
    ("What is the derivative of $x^2$?", "$2x$"),
    ("These days, which gas do most balloons hold?", "Helium"),
    ("How many mutable references to a value may live at one time in Rust?", "One"),
    ("What does the entropy of a crystal approach as it nears absolute zero?", "Zero"),
    ("Which book did Schrödinger write in 1944 about life and entropy?", "*What Is Life?*"),
    ("Which of RNA and DNA contains uracil?", "RNA"),
    ("Welche von RNA und DNA enthält Uracil?", "RNA"),
    ("Lequel de ARN et ADN contient l'uracile ?", "ARN"),
    ("When was the attack?", "On 6 June 1944, in Normandy, by British and Canadian troops"),
    ("Where was the conference?", "In the U.S. at 9 a.m. on Monday, led by Ann Smith, Ph.D. from Yale"),
    ("hund", "dog"),
    ("der Hund", "the dog"),
    ("Which key opens an inline code span in Markdown: ' or ` ?", "The backtick"),
];

/// Basic cards, each with what is to be found in it.
const BAD: &[(&str, &str, &[Rule])] = &[
    (
        "What is photosynthesis?",
        "It is the process by which plants take up light with the chlorophyll of their leaves and use its energy to build sugar from water and from carbon dioxide of the air",
        &[LongAnswer],
    ),
    ("What did Harvey find?", "Blood circulates. The heart pumps it. Veins have valves.", &[LongAnswer]),
    ("Was fand Harvey heraus?", "Das Blut kreist. Das Herz pumpt es. Die Venen haben Klappen.", &[LongAnswer]),
    (
        "光合成とは何ですか？",
        "光合成とは植物が太陽の光のエネルギーを利用して二酸化炭素と水から糖を合成し酸素を放出する一連の反応であり葉緑体の中で行われる",
        &[LongAnswer],
    ),
    (
        "什么是光合作用？",
        "光合作用是植物利用阳光的能量把二氧化碳和水合成为糖并且释放出氧气的一系列反应这个过程发生在叶绿体里面并且分为光反应和暗反应两个阶段",
        &[LongAnswer],
    ),
    ("Who discovered penicillin? When was it found?", "Fleming, 1928", &[TwoQuestions]),
    ("When and where was Mozart born?", "1756 in Salzburg", &[TwoQuestions]),
    ("Who discovered penicillin, and when?", "Alexander Fleming, 1928", &[TwoQuestions]),
    ("What is osmosis and why does salt drive it?", "Diffusion of water", &[TwoQuestions]),
    ("What is osmosis and how does a root use water?", "Diffusion of water", &[TwoQuestions]),
    ("Wann und wo wurde Mozart geboren?", "1756 in Salzburg", &[TwoQuestions]),
    ("Wer entdeckte das Penicillin und wann?", "Alexander Fleming, 1928", &[TwoQuestions]),
    ("Quand et où Mozart est-il mort ?", "En 1791 à Vienne", &[TwoQuestions]),
    ("Qu'est-ce que l'osmose ? Pourquoi l'eau passe-t-elle ?", "Une diffusion", &[TwoQuestions]),
    ("¿Cuándo y dónde nació Mozart?", "En 1756, Salzburgo", &[TwoQuestions]),
    ("Quando e dove nacque Mozart?", "1756, Salisburgo", &[TwoQuestions]),
    ("Quando e onde nasceu Mozart?", "1756, Salzburgo", &[TwoQuestions]),
    ("Wanneer en waar werd Mozart geboren?", "1756, Salzburg", &[TwoQuestions]),
    ("富士山はどこにありますか？高さは何メートルですか？", "3776", &[TwoQuestions]),
    ("Which colours are in the rainbow?", "- red\n- orange\n- yellow\n- green", &[LongList]),
    ("Which colours are in the rainbow?", "Red, orange, yellow, green and blue", &[LongList]),
    ("Which are the bases of DNA?", "1. adenine\n2. thymine\n3. guanine\n4. cytosine", &[LongList]),
    ("Welche Basen hat die DNA?", "Adenin, Thymin, Guanin und Cytosin", &[LongList]),
    ("Quelles sont les bases de l'ADN ?", "Adénine, thymine, guanine et cytosine", &[LongList]),
    ("¿Cuáles son las bases del ADN?", "Adenina, timina, guanina y citosina", &[LongList]),
    ("DNAの塩基は何ですか？", "アデニン、チミン、グアニン、シトシン", &[LongList]),
    ("Who landed in Normandy?", "Americans, British, Canadians and Poles", &[LongList]),
    ("Explain photosynthesis.", "Plants make sugar from light", &[OpenPrompt]),
    ("Describe the structure of the heart.", "Four chambers", &[OpenPrompt]),
    ("Please explain how a bill becomes law.", "It passes both houses", &[OpenPrompt]),
    ("Tell me about the French Revolution", "It began in 1789", &[OpenPrompt]),
    ("Erkläre die Photosynthese.", "Pflanzen bilden Zucker aus Licht", &[OpenPrompt]),
    ("Beschreiben Sie den Aufbau des Herzens.", "Vier Kammern", &[OpenPrompt]),
    ("Expliquez la photosynthèse.", "Les plantes font du sucre", &[OpenPrompt]),
    ("Explica la fotosíntesis.", "Las plantas hacen azúcar", &[OpenPrompt]),
    ("Spiega la fotosintesi.", "Le piante fanno zucchero", &[OpenPrompt]),
    ("Explique a fotossíntese.", "As plantas fazem açúcar", &[OpenPrompt]),
    ("Leg de fotosynthese uit.", "Planten maken suiker", &[OpenPrompt]),
    ("光合成について説明してください。", "光から糖を作る", &[OpenPrompt]),
    ("请解释光合作用。", "植物制造糖", &[OpenPrompt]),
    ("When was he born?", "1879", &[DanglingPronoun]),
    ("What does it do?", "It carries oxygen", &[DanglingPronoun]),
    ("Why does this happen?", "Because of friction", &[DanglingPronoun]),
    ("How many electrons does it have?", "Six", &[DanglingPronoun]),
    ("What is this process called?", "Osmosis", &[DanglingPronoun]),
    ("According to the passage, what causes tides?", "The Moon", &[DanglingPronoun]),
    ("Wann wurde er geboren?", "1879", &[DanglingPronoun]),
    ("Warum ist dies wichtig?", "Wegen der Reibung", &[DanglingPronoun]),
    ("Quand est-il né ?", "En 1879", &[DanglingPronoun]),
    ("En quelle année est-elle morte ?", "1934", &[DanglingPronoun]),
    ("¿Qué es esto?", "Un volcán", &[DanglingPronoun]),
    ("Wanneer werd hij geboren?", "1606", &[DanglingPronoun]),
    ("Is Paris the capital of France?", "Yes", &[YesNo]),
    ("Do whales breathe air?", "Yes, with lungs", &[YesNo]),
    ("True or false: the Sun is a planet", "False", &[YesNo]),
    ("Ist Bern die Hauptstadt der Schweiz?", "Ja.", &[YesNo]),
    ("Est-ce que Berne est en Suisse ?", "Oui", &[YesNo]),
    ("¿Es Lima la capital de Perú?", "Sí", &[YesNo]),
    ("Roma è la capitale d'Italia?", "Sì", &[YesNo]),
    ("Lisboa é a capital de Portugal?", "Sim", &[YesNo]),
    ("Is Amsterdam de hoofdstad van Nederland?", "Ja", &[YesNo]),
    ("東京は日本の首都ですか？", "はい", &[YesNo]),
    ("北京是中国的首都吗？", "是的", &[YesNo]),
    (
        "What does a mitochondrion use oxygen for in respiration?",
        "A mitochondrion uses oxygen for respiration",
        &[GivesAwayAnswer],
    ),
    ("What organ, the heart, pumps blood?", "The heart", &[GivesAwayAnswer]),
    ("Welche Stadt, nämlich Wien, ist die Hauptstadt von Österreich?", "Wien", &[GivesAwayAnswer]),
    ("葉緑体で行われる光合成はどこで行われますか？", "葉緑体", &[GivesAwayAnswer]),
    ("What does this print?\n```\nprint(1)", "1", &[BrokenCode]),
    ("What does `len(x) return?", "The length", &[BrokenCode]),
    ("What is the area of a circle?", "$\\pi r^2", &[BrokenLatex]),
    ("What is the area of a circle?", "$$\\pi r^2", &[BrokenLatex]),
    ("What is a half?", "$\\frac{1}{2$", &[BrokenLatex]),
    ("What is a half?", "\\frac{1}{2}", &[BrokenLatex]),
    ("What is a matrix?", "$$\\begin{pmatrix} 1 \\end{pmatrix} \\begin{a}$$", &[BrokenLatex]),
    ("{{c1::Paris}} is the capital of France", "x", &[BrokenCloze]),
    (
        "A company that has a factory in one town and a shop in another town, and that pays its workers by the hour in the factory and by the month in the shop, must keep which of the books that the law lists for every company?",
        "A payroll",
        &[LongPrompt],
    ),
];

/// Clozes with what is to be found in them.
const CLOZES: &[(&str, &[Rule])] = &[
    ("{{c1::Paris}} is the capital of France.", &[]),
    ("The {{c1::mitochondrion::organelle}} makes {{c2::ATP}}.", &[]),
    ("$x = {{c1::\\frac{a}{b} }}$ solves $bx = a$.", &[]),
    ("$\\sqrt{x} = {{c1::x^{\\frac{1}{2}}}}$", &[]),
    ("Die {{c1::Photosynthese}} findet in den Chloroplasten statt.", &[]),
    ("日本の首都は{{c1::東京}}です。", &[]),
    ("`git {{c1::rebase}}` rewrites history.", &[]),
    ("Paris is the capital of France.", &[BrokenCloze]),
    ("{{c1::Paris is the capital of France.", &[BrokenCloze]),
    ("{{c1::}} is the capital of France.", &[BrokenCloze]),
    ("{{c0::Paris}} is the capital of France.", &[BrokenCloze]),
    ("{{c1::Paris is the capital of France.}}", &[BrokenCloze]),
    ("They are made of {{c1::carbon}} and hydrogen atoms.", &[DanglingPronoun]),
    ("{{c1::Paris}} is the capital, and Paris has the Louvre.", &[GivesAwayAnswer]),
    ("{{c1::a}}, {{c1::b}}, {{c1::c}} and {{c1::d}} are letters.", &[LongList]),
];

/// Question, answer, passage, whether it is in there.
const GROUNDED: &[(&str, &str, &str, bool)] = &[
    ("When did the war end?", "In 1945", "The war ended in 1945.", true),
    ("When did the war end?", "In 1946", "The war ended in 1945.", false),
    ("How many chambers has the heart?", "4", "The heart has four chambers.", true),
    ("How many chambers has the heart?", "5", "The heart has four chambers.", false),
    ("How many people live there?", "1,500,000", "About 1.5 million people live in the city.", true),
    ("How high is it?", "8 849 m", "Its height is 8,849 metres.", true),
    ("What share?", "50 %", "Half of the cells divide.", true),
    ("When was it?", "1914–18", "It lasted from 1914 to 1918.", true),
    ("How old?", "25 years", "They were twenty-five years old.", true),
    ("How many cantons has it?", "31", "It has thirty-one cantons.", true),
    ("How many cantons has it?", "32", "It has thirty-one cantons.", false),
    ("When?", "In the 21st century", "It was the twenty-first century.", true),
    ("Who discovered penicillin?", "Alexander Fleming", "Alexander Fleming discovered penicillin.", true),
    ("Who discovered penicillin?", "Howard Florey", "Alexander Fleming discovered penicillin.", false),
    (
        "Where did Einstein work?",
        "In Bern at the office of Haller",
        "Einstein worked at the patent office in Bern.",
        false,
    ),
    ("What language?", "It was Spanish", "The people of Spain wrote it.", true),
    ("What is water?", "H2O", "Water is made of hydrogen and oxygen.", true),
    ("What does it build?", "Natural Selection", "natural selection shapes it", true),
    ("Wie viele Kammern hat das Herz?", "4", "Das Herz hat vier Kammern.", true),
    ("Wie viele Kammern hat das Herz?", "6", "Das Herz hat vier Kammern.", false),
    ("Was tut das Herz?", "Es pumpt das Blut durch den Körper", "Das Herz treibt den Kreislauf an.", true),
    ("Combien de cavités a le cœur ?", "4", "Le cœur a quatre cavités.", true),
    ("¿Cuántas cavidades tiene el corazón?", "3", "El corazón tiene cuatro cavidades.", false),
    ("心臓には部屋がいくつありますか？", "4つ", "心臓には四つの部屋がある。", true),
    ("大政奉還は何年ですか？", "1867年", "徳川慶喜は1867年に大政奉還を行った。", true),
    ("富士山の高さは？", "3777 m", "富士山の高さは3776メートルである。", false),
    ("كم عدد الغرف؟", "٤٥", "عددها 45 غرفة", true),
    ("What is the largest planet?", "Jupiter", "The largest planet is Jupiter.", true),
];

#[test]
fn good_cards_are_left_alone() {
    let warned = GOOD.iter().map(|(question, answer)| (question, found(NoteKind::Basic, question, answer, None)));
    assert_eq!(warned.filter(|(_, rules)| !rules.is_empty()).collect::<Vec<_>>(), []);
}

#[test]
fn bad_cards_are_found_out_and_for_nothing_else() {
    let basic =
        BAD.iter().map(|(question, answer, rules)| (question, found(NoteKind::Basic, question, answer, None), *rules));
    let clozes = CLOZES.iter().map(|(text, rules)| (text, found(NoteKind::Cloze, text, "", None), *rules));
    assert_eq!(basic.chain(clozes).filter(|(_, found, rules)| found != rules).collect::<Vec<_>>(), []);
}

#[test]
fn numbers_and_names_are_looked_for_in_the_passage() {
    let wrong = GROUNDED.iter().filter(|(question, answer, passage, held)| {
        found(NoteKind::Basic, question, answer, Some(passage)).contains(&Ungrounded) == *held
    });
    assert_eq!(wrong.collect::<Vec<_>>(), [] as [&(&str, &str, &str, bool); 0]);
}

#[test]
fn the_table_is_as_large_as_it_claims() {
    assert!(GOOD.len() + BAD.len() + CLOZES.len() + GROUNDED.len() >= 150);
}

#[test]
fn a_reversed_card_is_judged_both_ways() {
    let long = "the process by which plants take up light with the chlorophyll of their leaves and use its energy to build sugar from water and carbon dioxide of the air";
    assert_eq!(found(NoteKind::Reversed, long, "photosynthesis", None), [LongAnswer]);
    assert_eq!(found(NoteKind::Reversed, "der Hund", "the dog", None), []);
}
