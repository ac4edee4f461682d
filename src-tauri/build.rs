//! Declares every command of the program to Tauri: undeclared, they would be open to any local page.

#[path = "src/commands/names.rs"]
mod names;

fn main() {
    println!("cargo:rerun-if-changed=src-tauri/src/commands/names.rs");
    let manifest = tauri_build::AppManifest::new().commands(names::COMMANDS);
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        // What a build script prints to stderr is shown by cargo when it fails.
        eprintln!("{error:#}");
        std::process::exit(1);
    }
}
