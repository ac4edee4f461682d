//! Provider keys, encrypted in PostgreSQL under a key derived for each person.
