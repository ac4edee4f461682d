//! Vectors of texts, so that what means the same is found whatever its words.
//!
//! A vector says nothing without the model that made it: vectors of two models, or of two ways to prefix a text, are
//! never compared. [`EmbeddingVersion`] travels with each.

use std::collections::VecDeque;

use async_trait::async_trait;

use super::{
    LlmError, Provider,
    ollama::{Ollama, same_model},
};

/// The length of every vector that is stored.
pub const DIMENSIONS: usize = 768;
/// The model that is used unless another is configured.
pub(super) const DEFAULT_MODEL: &str = "nomic-embed-text";
/// How many texts go in one request: a batch that fails is halved, so a large one costs more requests then.
const BATCH: usize = 32;

/// What a text is to the search: what is looked for, or what is found. The models want to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Query,
    Document,
}

/// What made a vector.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EmbeddingVersion {
    pub model: String,
    /// Of the model's file; another digest under the same name is another model.
    pub digest: String,
    /// Counts up when the prefixes for a model change.
    pub prefixes: u32,
}

/// Vectors and what made them.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding {
    pub version: EmbeddingVersion,
    /// One for each text, in order, of length 1 and [`DIMENSIONS`] numbers. None for a text that has none: an empty
    /// one, or one that the model cannot read.
    pub vectors: Vec<Option<Vec<f32>>>,
}

#[async_trait]
pub trait Embedder: Send + Sync + 'static {
    /// What vectors would be made by now.
    ///
    /// # Errors
    /// `OllamaNotRunning`, `ModelNotFound`: there are no vectors for now; fill them in later.
    async fn version(&self) -> Result<EmbeddingVersion, LlmError>;

    /// # Errors
    /// As for `version`, and when the model does not give vectors of [`DIMENSIONS`].
    async fn embed(&self, purpose: Purpose, texts: &[String]) -> Result<Embedding, LlmError>;
}

/// Embeds with a model of Ollama's.
#[derive(Clone, Debug)]
pub struct OllamaEmbedder {
    ollama: Ollama,
    model: String,
}

struct Prefixes {
    version: u32,
    query: &'static str,
    document: &'static str,
}

/// What a model was trained to see before a text; Ollama adds nothing itself. From the models' cards.
fn prefixes(model: &str) -> Prefixes {
    let name = model.rsplit('/').next().unwrap_or(model);
    if name.starts_with("nomic-embed-text") {
        Prefixes { version: 1, query: "search_query: ", document: "search_document: " }
    } else if name.starts_with("embeddinggemma") {
        Prefixes { version: 1, query: "task: search result | query: ", document: "title: none | text: " }
    } else {
        Prefixes { version: 0, query: "", document: "" }
    }
}

impl OllamaEmbedder {
    pub(super) fn new(ollama: Ollama, model: &str) -> Self {
        Self { ollama, model: model.to_owned() }
    }

    /// Vectors for `texts`, none of which is empty. One that the model cannot read fails a whole request, so a batch
    /// that fails is halved until the one is found; the others keep their vectors.
    async fn vectors(&self, texts: &[String]) -> Result<Vec<Option<Vec<f32>>>, LlmError> {
        let mut vectors = vec![None; texts.len()];
        let mut waiting: VecDeque<(usize, usize)> =
            (0..texts.len()).step_by(BATCH).map(|from| (from, (from + BATCH).min(texts.len()))).collect();
        while let Some((from, to)) = waiting.pop_front() {
            let failure = match self.ollama.embed(&self.model, &texts[from..to]).await {
                Ok(made) if made.len() == to - from => {
                    for (slot, vector) in vectors[from..to].iter_mut().zip(made) {
                        *slot = self.checked(vector)?;
                    }
                    continue;
                }
                Ok(made) => {
                    self.ollama.endpoint.not_the_protocol(&format!("{} vectors for {} texts", made.len(), to - from))
                }
                Err(error @ (LlmError::Reported { .. } | LlmError::ContextTooLong)) => error,
                Err(error) => return Err(error),
            };
            if to - from > 1 {
                let middle = from.midpoint(to);
                waiting.push_front((middle, to));
                waiting.push_front((from, middle));
            } else if texts.len() == 1 {
                return Err(failure);
            } else {
                tracing::warn!(error = %failure, chars = texts[from].chars().count(), "a text got no vector");
            }
        }
        Ok(vectors)
    }

    /// The vector made one long; none when it is no direction at all (not finite, or all zero).
    fn checked(&self, mut vector: Vec<f32>) -> Result<Option<Vec<f32>>, LlmError> {
        if vector.len() != DIMENSIONS {
            let message = format!(
                "{} gives vectors of {} numbers, MemoryLoop needs {DIMENSIONS}. Choose another embedding model.",
                self.model,
                vector.len()
            );
            return Err(LlmError::Reported { provider: Provider::Ollama.title(), message });
        }
        let length = vector.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
        if !length.is_finite() || length < 1e-6 {
            return Ok(None);
        }
        #[expect(clippy::cast_possible_truncation, reason = "numbers of at most 1 fit, and f32 is what is stored")]
        vector.iter_mut().for_each(|x| *x = (f64::from(*x) / length) as f32);
        Ok(Some(vector))
    }
}

#[async_trait]
impl Embedder for OllamaEmbedder {
    async fn version(&self) -> Result<EmbeddingVersion, LlmError> {
        let tags = self.ollama.tags().await?;
        let tag = tags.into_iter().find(|tag| same_model(&tag.name, &self.model));
        let digest = tag.map(|tag| tag.digest).ok_or_else(|| LlmError::ModelNotFound { model: self.model.clone() })?;
        Ok(EmbeddingVersion { model: self.model.clone(), digest, prefixes: prefixes(&self.model).version })
    }

    async fn embed(&self, purpose: Purpose, texts: &[String]) -> Result<Embedding, LlmError> {
        let version = self.version().await?;
        let prefixes = prefixes(&self.model);
        let prefix = if purpose == Purpose::Query { prefixes.query } else { prefixes.document };
        // An empty text gives no vector and would shift those after it.
        let places: Vec<usize> = (0..texts.len()).filter(|&at| !texts[at].trim().is_empty()).collect();
        let asked: Vec<String> = places.iter().map(|&at| format!("{prefix}{}", texts[at])).collect();
        let mut vectors = vec![None; texts.len()];
        for (place, vector) in places.into_iter().zip(self.vectors(&asked).await?) {
            vectors[place] = vector;
        }
        Ok(Embedding { version, vectors })
    }
}
