//! The committed bindings are those of the commands: stale ones would let the interface call what is not there.

use std::{fs, path::Path};

#[test]
fn bindings_are_those_of_the_commands() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/lib/bindings.ts");
    if std::env::var_os("UPDATE_BINDINGS").is_some() {
        memoryloop::export_bindings(&committed).unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let fresh = folder.path().join("bindings.ts");
    memoryloop::export_bindings(&fresh).unwrap();
    let fresh = fs::read_to_string(&fresh).unwrap();
    let committed = fs::read_to_string(&committed).unwrap_or_default();
    let differs = fresh.lines().zip(committed.lines()).find(|(fresh, committed)| fresh != committed);
    assert!(
        fresh == committed,
        "ui/src/lib/bindings.ts is stale: run `cargo xtask bindings` and commit it. First difference: {differs:?}"
    );
}
