//! The migrations are compiled in; Cargo cannot see that a new file among them matters.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
