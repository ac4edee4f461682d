//! Formulas as one would write them without LaTeX, so that spacing, braces and names of signs make no difference.

/// Commands that only set or space what follows.
const SETTING: &[&str] = &[
    "left",
    "right",
    "big",
    "Big",
    "bigl",
    "bigr",
    "mathrm",
    "mathbf",
    "mathit",
    "mathcal",
    "mathsf",
    "text",
    "textbf",
    "textit",
    "operatorname",
    "displaystyle",
    "limits",
    "quad",
    "qquad",
    "cdot",
    "rm",
];

/// Commands for which there is a sign.
const SIGNS: &[(&str, &str)] = &[
    ("times", "×"),
    ("div", "÷"),
    ("pm", "±"),
    ("le", "≤"),
    ("leq", "≤"),
    ("ge", "≥"),
    ("geq", "≥"),
    ("lt", "<"),
    ("gt", ">"),
    ("ne", "≠"),
    ("neq", "≠"),
    ("approx", "≈"),
    ("to", "→"),
    ("rightarrow", "→"),
    ("Rightarrow", "⇒"),
    ("implies", "⇒"),
    ("infty", "∞"),
    ("in", "∈"),
    ("subset", "⊂"),
    ("cup", "∪"),
    ("cap", "∩"),
    ("partial", "∂"),
    ("nabla", "∇"),
    ("sum", "∑"),
    ("int", "∫"),
    ("sqrt", "√"),
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("delta", "δ"),
    ("Delta", "Δ"),
    ("epsilon", "ε"),
    ("varepsilon", "ε"),
    ("theta", "θ"),
    ("lambda", "λ"),
    ("mu", "μ"),
    ("nu", "ν"),
    ("pi", "π"),
    ("rho", "ρ"),
    ("sigma", "σ"),
    ("tau", "τ"),
    ("phi", "φ"),
    ("varphi", "φ"),
    ("psi", "ψ"),
    ("omega", "ω"),
    ("Omega", "Ω"),
    ("mid", "|"),
    ("vert", "|"),
];

/// What is longer is left as it stands.
const LONGEST_NUMERATOR: usize = 40;

/// `text` with its formulas written plainly; each formula between dollar signs is then one word.
pub(super) fn plain(text: &str) -> String {
    if !text.contains(['$', '\\', '{']) {
        return text.to_owned();
    }
    let text = text
        .replace("\\(", "$")
        .replace("\\)", "$")
        .replace("\\[", "$")
        .replace("\\]", "$")
        .replace("^{\\circ}", "°")
        .replace("^\\circ", "°");
    let mut out = String::with_capacity(text.len());
    for (at, part) in text.split('$').enumerate() {
        let plain = commands(part);
        if at % 2 == 1 && is_formula(part) {
            let dense: String = plain.chars().filter(|c| !c.is_whitespace()).collect();
            out.push(' ');
            out.push_str(&spoken(&unbraced(&dense)));
            out.push(' ');
        } else {
            out.push_str(&plain);
        }
    }
    out
}

/// A formula with the name of what is to be done, as a question has it: an integral without bounds, a derivative, a limit.
fn spoken(formula: &str) -> String {
    let formula = formula.trim_end_matches('=');
    if let Some(of) = formula.strip_prefix("d/dx") {
        return format!("derivative {of}");
    }
    if let Some((place, of)) = formula.strip_prefix("lim_{").and_then(|rest| rest.split_once('}')) {
        return format!("limit {place} {of}");
    }
    let integral = formula.strip_prefix('∫').and_then(|rest| rest.strip_suffix("dx"));
    integral.filter(|of| !of.starts_with('_')).map_or_else(|| formula.to_owned(), |of| format!("integral {of}"))
}

/// Two dollar signs may be prices: what lies between those ends with a space and has no sign of a formula.
fn is_formula(part: &str) -> bool {
    !part.ends_with(char::is_whitespace) || part.contains(['\\', '=', '^', '_'])
}

/// Each command as its sign or its name.
fn commands(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let length = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let name = &rest[..length];
        match name {
            // `\n` of code keeps what tells it from `n`; `\,` and its like are spaces.
            "" if rest.starts_with([',', ';', ':', '!', ' ']) => rest = &rest[1..],
            "" => {}
            _ if length == 1 => out.extend(['\\'].into_iter().chain(name.chars())),
            "frac" | "dfrac" | "tfrac" => {
                let (fraction, after) = fraction(&rest[length..]);
                out.push_str(&fraction);
                rest = after;
                continue;
            }
            _ if SETTING.contains(&name) => {}
            _ => out.push_str(SIGNS.iter().find(|(own, _)| *own == name).map_or(name, |(_, sign)| sign)),
        }
        rest = &rest[length.min(rest.len())..];
    }
    out.push_str(rest);
    out
}

/// What follows `\frac`, as a quotient, and what is left. What is written in several braces below the line
/// stays as it is, so that fractions in fractions cost no more.
fn fraction(rest: &str) -> (String, &str) {
    let rest = rest.trim_start();
    if rest.starts_with('{') {
        let near = rest.char_indices().nth(LONGEST_NUMERATOR).map_or(rest, |(end, _)| &rest[..end]);
        return match near.find("}{") {
            Some(at) => {
                let over = commands(&rest[1..at]);
                match rest[at + 2..].split_once('}').filter(|(under, _)| !under.contains(['{', '\\'])) {
                    Some((under, after)) => (format!("({over})/({under})"), after),
                    None => (format!("({over})/"), &rest[at + 1..]),
                }
            }
            None => ("/".to_owned(), rest),
        };
    }
    let mut digits = rest.chars();
    match digits.next() {
        Some(over) if over.is_ascii_alphanumeric() => (format!("{over}/"), digits.as_str()),
        _ => ("/".to_owned(), rest),
    }
}

/// A formula without the braces around one sign or number, and without the brackets around what a function is of:
/// `x^{2}`, `\sin(x)`.
fn unbraced(formula: &str) -> String {
    let mut out = String::with_capacity(formula.len());
    let mut rest = formula;
    while let Some(at) = rest.find(['{', '(']) {
        out.push_str(&rest[..at]);
        let (open, inside) = (&rest[at..=at], &rest[at + 1..]);
        let close = if open == "{" { '}' } else { ')' };
        let end = inside.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '∞' | '.'))).unwrap_or(inside.len());
        let one = is_one(&inside[..end]);
        rest = match inside[end..].strip_prefix(close) {
            Some(after) if one => {
                out.push_str(&inside[..end]);
                after
            }
            _ => {
                out.push_str(open);
                inside
            }
        };
    }
    out.push_str(rest);
    without_low_lines(&out)
}

/// An index that is a number stands where it is written without LaTeX too: H2O.
fn without_low_lines(formula: &str) -> String {
    let mut pieces = formula.split('_');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        if !piece.starts_with(|c: char| c.is_ascii_digit()) || !out.ends_with(char::is_alphabetic) {
            out.push('_');
        }
        out.push_str(piece);
    }
    out
}

/// `2y` is none: without braces `x^{2y}` would be `x^2y`.
fn is_one(text: &str) -> bool {
    text.chars().count() == 1 || (!text.is_empty() && text.trim_start_matches('-').chars().all(|c| c.is_ascii_digit()))
}
