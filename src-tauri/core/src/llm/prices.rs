//! What an answer of Claude's cost, where its price is known.
//!
//! Prices are Anthropic's list prices for the standard tier, per million tokens:
//! <https://platform.claude.com/docs/en/about-claude/pricing> and the pages of the models, as they stood on 2026-11-23.
//! A model that is not in the table has no known price; a guess would be worse than none. Ollama's models run on the
//! person's own machine and cost nothing that could be told here.

use super::{ModelRef, Provider, Usage};

/// US dollars for a million tokens.
#[derive(Clone, Copy)]
struct Price {
    input: f64,
    /// Written to the cache, to be kept for five minutes: what `cache_control` without a `ttl` asks for.
    cache_write: f64,
    cache_read: f64,
    output: f64,
}

const fn price(input: f64, cache_write: f64, cache_read: f64, output: f64) -> Price {
    Price { input, cache_write, cache_read, output }
}

const OPUS: Price = price(5.0, 6.25, 0.5, 25.0);
const OPUS_FIRST: Price = price(15.0, 18.75, 1.5, 75.0);
const SONNET: Price = price(3.0, 3.75, 0.3, 15.0);

/// By the model's id without the date at its end.
const PRICES: [(&str, Price); 17] = [
    ("claude-fable-5-1", price(10.0, 12.5, 0.25, 50.0)),
    ("claude-fable-5", price(10.0, 12.5, 1.0, 50.0)),
    ("claude-opus-5-5", price(4.0, 5.0, 0.2, 20.0)),
    ("claude-opus-5", OPUS),
    ("claude-opus-4-8", OPUS),
    ("claude-opus-4-7", OPUS),
    ("claude-opus-4-6", OPUS),
    ("claude-opus-4-5", OPUS),
    ("claude-opus-4-1", OPUS_FIRST),
    ("claude-opus-4", OPUS_FIRST),
    ("claude-sonnet-5-5", price(2.0, 2.5, 0.1, 10.0)),
    ("claude-sonnet-5", price(2.0, 2.5, 0.2, 10.0)),
    ("claude-sonnet-4-6", SONNET),
    ("claude-sonnet-4-5", SONNET),
    ("claude-sonnet-4", SONNET),
    (HAIKU, price(0.1, 0.125, 0.01, 0.5)),
    ("claude-haiku-4-5", price(1.0, 1.25, 0.1, 5.0)),
];

/// The one model whose price depends on how much it was given to read.
const HAIKU: &str = "claude-haiku-5-5";
/// More than this, cache included, and every token of the request costs [`HAIKU_LONG`].
const HAIKU_SHORT_PROMPT: u32 = 100_000;
const HAIKU_LONG: Price = price(0.5, 0.625, 0.05, 2.5);

/// What `usage` cost, US dollars; none where the price is not known. To be reckoned when the answer ends: how much the
/// cache saved is not stored with it.
#[must_use]
pub fn cost_usd(model: &ModelRef, usage: Usage) -> Option<f64> {
    if model.provider != Provider::Claude {
        return None;
    }
    let name = undated(&model.name);
    let (_, listed) = PRICES.iter().find(|(id, _)| *id == name)?;
    let price = if name == HAIKU && usage.input_tokens > HAIKU_SHORT_PROMPT { HAIKU_LONG } else { *listed };
    let cached = usage.cached.read.saturating_add(usage.cached.written);
    let dollars = f64::from(usage.input_tokens.saturating_sub(cached)) * price.input
        + f64::from(usage.cached.written) * price.cache_write
        + f64::from(usage.cached.read) * price.cache_read
        + f64::from(usage.output_tokens) * price.output;
    Some(dollars / 1e6)
}

/// `claude-haiku-4-5` of `claude-haiku-4-5-20251001`.
fn undated(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((id, date)) if date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()) => id,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::Cached;

    fn cost(name: &str, input_tokens: u32, cached: Cached, output_tokens: u32) -> Option<f64> {
        let model = ModelRef { provider: Provider::Claude, name: name.to_owned() };
        cost_usd(&model, Usage { input_tokens, output_tokens, at_least: false, cached })
    }

    fn near(dollars: Option<f64>, expected: f64) -> bool {
        dollars.is_some_and(|dollars| (dollars - expected).abs() < 1e-9)
    }

    #[test]
    fn fresh_written_read_and_answered_tokens_have_each_their_price() {
        assert!(near(cost("claude-sonnet-5-5", 1_000_000, Cached::default(), 0), 2.0));
        assert!(near(cost("claude-sonnet-5-5", 0, Cached::default(), 1_000_000), 10.0));
        let cached = Cached { read: 600_000, written: 300_000 };
        assert!(near(cost("claude-opus-5-5", 1_000_000, cached, 100_000), 0.4 + 1.5 + 0.12 + 2.0));
    }

    #[test]
    fn a_long_prompt_makes_every_token_of_the_small_model_dearer() {
        assert!(near(cost("claude-haiku-5-5", 100_000, Cached::default(), 1_000), 0.01 + 0.0005));
        assert!(near(cost("claude-haiku-5-5", 100_001, Cached::default(), 1_000), 0.050_000_5 + 0.0025));
    }

    #[test]
    fn a_date_at_the_end_of_a_name_makes_no_difference_and_an_unknown_name_has_no_price() {
        assert!(near(cost("claude-haiku-4-5-20251001", 1_000_000, Cached::default(), 0), 1.0));
        for unknown in ["claude-opus-9", "claude-opus-5-5-fast", "", "gpt-oss:20b", "claude-haiku-4-5-2025100x"] {
            assert_eq!(cost(unknown, 1, Cached::default(), 1), None, "{unknown}");
        }
        let local = ModelRef { provider: Provider::Ollama, name: "claude-opus-5-5".into() };
        assert_eq!(cost_usd(&local, Usage::default()), None);
    }

    #[test]
    fn counts_that_lie_give_no_negative_price() {
        let cached = Cached { read: u32::MAX, written: u32::MAX };
        assert!(cost("claude-sonnet-5-5", 1, cached, 0).is_some_and(|dollars| dollars.is_finite() && dollars > 0.0));
    }

    #[test]
    fn reading_the_cache_is_cheaper_and_writing_it_dearer_than_reading_afresh() {
        for (id, price) in PRICES {
            assert!(price.cache_read < price.input && price.input < price.cache_write, "{id}");
            assert!(price.input < price.output && price.output <= 75.0, "{id}");
        }
    }
}
