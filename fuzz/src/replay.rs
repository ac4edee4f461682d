//! Runs the kept corpus through the fuzzer's functions, without the fuzzer: quick, and on the stable toolchain.
#![allow(unused_imports, reason = "the files' own unit tests are compiled here and not run")]

mod cards;
mod llm;

use std::{fs, path::Path};

/// What takes the bytes of one file; it panics when something is wrong.
type Target = fn(&[u8]);

fn main() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    let targets: [(&str, Target); 3] = [
        ("ollama_stream", llm::ollama::ollama_stream),
        ("claude_stream", llm::claude::claude_stream),
        ("draft_json", cards::draft_json),
    ];
    for (name, target) in targets {
        let files: Vec<_> = fs::read_dir(corpus.join(name)).expect("the kept corpus").collect();
        assert!(!files.is_empty(), "the corpus of {name} is empty");
        let count = files.len();
        for file in files {
            let path = file.expect("a file of the corpus").path();
            // Said before it runs, so that a panic or a hang is told with what led to it.
            println!("{}", path.display());
            target(&fs::read(&path).expect("a readable file"));
        }
        println!("{name}: {count} inputs replayed");
    }
    // As the other tests report, so that `cargo xtask test` counts it.
    println!("test result: ok. {} passed; 0 failed; 0 ignored; 0 measured; 0 filtered out", targets.len());
}
