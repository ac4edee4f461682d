//! LanceDB: connection, schema, durability.
