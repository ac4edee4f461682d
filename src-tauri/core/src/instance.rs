//! One running MemoryLoop for a data directory; a second start raises the window of the first.
