//! Declares every command of the program to Tauri: undeclared, they would be open to any local page.

#[path = "src/commands/names.rs"]
mod names;

fn main() {
    println!("cargo:rerun-if-changed=src-tauri/src/commands/names.rs");
    // The interface is compiled in.
    println!("cargo:rerun-if-changed=ui/dist");
    // A pattern of our own, though nothing matches it: without one the folder of generated permissions is watched, which
    // this very build writes, and the next build would do everything again.
    let manifest =
        tauri_build::AppManifest::new().commands(names::COMMANDS).permissions_path_pattern("src-tauri/permissions/*");
    if let Err(error) = tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest)) {
        // What a build script prints to stderr is shown by cargo when it fails.
        eprintln!("{error:#}");
        std::process::exit(1);
    }
}
