//! Answers that the passage holds, and answers with a number or a name that it does not.

use super::table::found;
use crate::cards::{NoteKind, Rule::Ungrounded};

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
    // A word that begins like a unit is none.
    ("How far is it?", "250 km", "It is 25 km away.", false),
    ("How heavy is it?", "250 kg", "It weighs 25 kg.", false),
    ("How long does it take?", "50 minutes", "It takes 5 min.", false),
    ("How far is it?", "2500 miles", "It is 25 miles away.", false),
    ("Wie viele Tiere?", "250 Tauben", "Dort leben 25 Tauben.", false),
    ("What temperature?", "250 K", "It has 25 K.", false),
    ("How many users has it?", "25,000", "It has 25k users.", true),
    ("How many users has it?", "250,000", "It has 25k users.", false),
    ("How many people?", "25,000,000", "Twenty-five million people live there.", true),
    ("How many towns?", "200", "Nearly two hundred towns took part.", true),
    ("How many towns?", "250", "Two hundred and fifty towns took part.", true),
    ("How many men?", "3,500", "Three thousand five hundred men fell.", true),
    ("How many men?", "3,600", "Three thousand five hundred men fell.", false),
    ("How many towns?", "190", "Nearly two hundred towns took part.", false),
    ("Wie viele Einwohner?", "1,3 Mrd.", "Es hat 1.300.000.000 Einwohner.", true),
    ("Wie viele Einwohner?", "83 Millionen", "Es hat 83 Mio. Einwohner.", true),
    ("Wie viele Einwohner?", "830000", "Es hat 83 Tausend Einwohner.", false),
    ("¿Cuántos habitantes?", "25.000", "Tiene 25 mil habitantes.", true),
    ("What share?", "50 %", "A share of 0.5 divides.", true),
    ("How far is it?", "2½ km", "It is 2.5 km away.", true),
    ("How far is Jupiter?", "5.2 units", "Jupiter is 5.20 units away.", true),
    // Numerals.
    ("高さは？", "3776 m", "高さは三千七百七十六メートルである。", true),
    ("高さは？", "3777 m", "高さは三千七百七十六メートルである。", false),
    ("何年ですか？", "1868年", "明治維新は一般に一八六七年に始まる。", false),
    ("何年ですか？", "1867年", "明治維新は一般に一八六七年に始まる。", true),
    ("何年ですか？", "一八六八年", "明治維新は1867年に始まる。", false),
    ("何年ですか？", "一八六七年", "明治維新は1867年に始まる。", true),
    ("人口は？", "1億2000万人", "人口は約120,000,000人である。", true),
    ("人口は？", "1.2億人", "人口は1億2000万人である。", true),
    ("人口は？", "1億3000万人", "人口は1億2000万人である。", false),
    ("人口多少？", "25万", "人口是二十五万。", true),
    ("人口多少？", "35万", "人口是二十五万。", false),
    ("占多少？", "50%", "占一半，即百分之五十。", true),
    ("有几个？", "两个或3个", "大约有二三个。", true),
    ("多少钱？", "120元", "价钱是一百二。", true),
    ("大约多少人？", "35人", "大约三四十人。", true),
    ("何割ですか？", "30%", "3割である。", true),
    // Formulas and code.
    ("How fast is light in m/s?", "$3.8\\times10^8$", "Light travels 3.0 × 10⁸ metres a second.", false),
    ("How fast is light in m/s?", "$3\\times10^7$", "Light travels 3 × 10⁸ metres a second.", false),
    ("How fast is light in m/s?", "$3\\times10^{8}$", "Light travels 3 × 10⁸ metres a second.", true),
    ("How fast is light in m/s?", "$3.0\\cdot10^8\\,\\text{m/s}$", "It travels 300,000,000 m/s.", true),
    ("How fast is light in m/s?", "$3\\times10^8$", "It travels three hundred million metres a second.", true),
    ("How fast is light in m/s?", "300 000 000", "Light travels at $3\\times 10^{8}$ m/s.", true),
    ("What is the charge?", "$-1.6\\times10^{-19}\\,\\mathrm{C}$", "An electron has -1.6e-19 coulombs.", true),
    ("What is the charge?", "$-1.6\\times10^{-19}\\,\\mathrm{C}$", "An electron has -1.6e-18 coulombs.", false),
    ("How many bytes are in a kibibyte?", "$2^{10}$", "A kibibyte has 1024 bytes.", true),
    ("How many addresses has IPv4?", "$2^{64}$", "IPv4 has $2^{32}$ addresses.", false),
    ("How hot is it?", "$37\\,^\\circ\\text{C}$", "It has 36 °C.", false),
    ("How hot is it?", "$36\\,^\\circ\\text{C}$", "It has 36 °C.", true),
    ("What is kinetic energy?", "$\\frac{1}{2}mv^2$", "It is the mass times the square of the speed, halved.", true),
    ("What is the area of a sphere?", "$4\\pi r^2$", "It is pi times the square of the diameter.", true),
    ("What is the next term?", "$x_{12}^{13}$", "The indices grow by one.", true),
    ("What is the derivative of $x^{12}$?", "$12x^{11}$", "The exponent comes down.", true),
    ("What is the sum?", "$\\sum_{n=10}^{99} a_n$", "$$\\sum_{n=10}^{99} a_n$$ is the sum.", true),
    ("What is pi?", "$\\pi \\approx 3.41$", "Pi is about 3.14.", false),
    ("Which status means that nothing was found?", "`404`", "The server says `404 Not Found`.", true),
    ("Which status means that nothing was found?", "`403`", "The server says `404 Not Found`.", false),
    ("Which port is the default?", "`port = 5433`", "PostgreSQL listens on `5432`.", false),
    ("Which call gives the numbers from 2 to 9?", "`range(2, 12)`", "`range` leaves out the end.", false),
    ("Which port is the default?", "`port = 5432`", "PostgreSQL listens on port 5432.", true),
    ("What is the largest byte?", "`u8::MAX`, `0xff`", "The largest value has all bits set.", true),
    ("How is a million written in Rust?", "`1_000_000`", "Rust groups 1,000,000 by underscores.", true),
    ("Which call gives the numbers from 2 to 9?", "`range(2, 10)`", "`range` leaves out the end.", true),
    ("Which type holds whole numbers?", "`i64` or `sha256sum2`", "Whole numbers have a type.", true),
    ("Which call waits?", "`sleep(2)`", "`sleep` waits.", true),
    // Names.
    ("Who wrote it?", "Theodore", "It was the work of a poet.", false),
    ("Who wrote it?", "Andrew", "It was written and printed.", false),
    ("Who wrote it?", "Marcus", "It was a march.", false),
    ("Who wrote it?", "Mark", "It was sold on the market.", false),
    ("Who ruled it?", "The Romans", "Rome ruled it.", true),
    ("Who ruled it?", "The French", "France ruled it.", true),
    ("Who ruled it?", "The Chinese", "China ruled it.", true),
    ("Who ruled it?", "The Italians", "Italy ruled it.", true),
    ("Who ruled it?", "The Greeks", "Greece ruled it.", true),
    ("Who ruled it?", "The Polish", "Poland ruled it.", true),
    ("Who ruled it?", "The Danes", "Denmark ruled it.", true),
    ("Who ruled it?", "The Turks", "Turkey ruled it.", true),
    ("Who ruled it?", "The Japanese", "Japan ruled it.", true),
    ("Which school was it?", "It was Kantian", "Kant founded the school.", true),
    ("Qui a gagné ?", "Les Espagnols", "L'Espagne a gagné.", true),
    ("Who painted it?", "Gentileschi", "Artemisia Gentileschi painted it.", true),
    ("What happens then?", "It is Cell Division", "Then the cells divide.", true),
];

#[test]
fn numbers_and_names_are_looked_for_in_the_passage() {
    let wrong = GROUNDED.iter().filter(|(question, answer, passage, held)| {
        found(NoteKind::Basic, question, answer, Some(passage)).contains(&Ungrounded) == *held
    });
    assert_eq!(wrong.collect::<Vec<_>>(), [] as [&(&str, &str, &str, bool); 0]);
}

#[test]
fn a_gap_in_a_formula_is_looked_for_too() {
    for (text, held) in [
        ("$c = {{c1::3\\times10^8}}$ m/s", true),
        ("$c = {{c1::3\\times10^7}}$ m/s", false),
        ("`sha{{c1::256}}` is a hash.", true),
        ("`sha{{c1::512}}` is a hash.", false),
    ] {
        let passage = "Light has 3 × 10⁸ m/s. `sha256` is a hash.";
        assert_eq!(!found(NoteKind::Cloze, text, "", Some(passage)).contains(&Ungrounded), held, "{text}");
    }
}
