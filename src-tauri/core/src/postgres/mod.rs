//! The pool and row-level security; then a file a table.
