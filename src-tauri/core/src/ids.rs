//! Ids are UUID version 7, so that they sort by creation; a type for each, so that none is taken for another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use specta::Type;
use uuid::{NoContext, Timestamp, Uuid};

use crate::time::UnixMillis;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Type, sqlx::Type,
        )]
        #[serde(transparent)]
        #[specta(transparent)]
        #[sqlx(transparent)]
        pub struct $name(#[specta(type = String)] pub Uuid);

        impl $name {
            /// A new id that sorts by `now` (before 1970 counts as 1970).
            #[must_use]
            pub fn new(now: UnixMillis) -> Self {
                let millis = u64::try_from(now.0).unwrap_or(0);
                let nanos = u32::try_from(millis % 1_000).unwrap_or(0) * 1_000_000;
                Self(Uuid::new_v7(Timestamp::from_unix(NoContext, millis / 1_000, nanos)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map(Self)
            }
        }
    };
}

id!(/// A person's profile on this machine.
    UserId);
id!(ConversationId);
id!(MessageId);
id!(/// A flashcard; its schedule has the same id.
    CardId);

impl CardId {
    /// Sorts before every other id: the start of a range.
    pub const LEAST: Self = Self(Uuid::nil());
}

id!(/// One row of the review log.
    ReviewId);
id!(/// What a person or a model wrote once and several cards were made of (Anki's term): both directions of a reversed
    /// card, the deletions of a cloze.
    NoteId);
id!(/// A card that waits in the tray for the person's word.
    DraftId);
id!(/// One making of drafts, to be cancelled by; given by who asks.
    JobId);
