//! Links the part of libgcc that Rust's standard library needs into the program, where it can be.
//!
//! As a shared library it is searched for every symbol and mapped at every start: a tenth of all
//! instructions and nine system calls of a `get`. Rust names the shared one on the linker's command
//! line; a linker script of its name, found first, stands for the static one.

#![allow(
    clippy::disallowed_methods,
    reason = "the rules for the environment and files are the program's"
)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|it| it == value);
    let is_dynamic_gnu = is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && !env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default().contains("crt-static");
    // Of another machine's compiler nothing is known here; the shared library does as well.
    let is_native = env::var("HOST").ok() == env::var("TARGET").ok();
    if !(is_dynamic_gnu && is_native && has_static_libgcc()) {
        return;
    }
    // Only a program that unwinds needs the index of its stack frames. A release ends at a panic.
    if is("PROFILE", "release") {
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
    }
    let Some(directory) = env::var_os("OUT_DIR").map(PathBuf::from) else { return };
    let script = directory.join("libgcc_s.so");
    if fs::write(script, "INPUT(-lgcc_eh -lgcc)\n").is_ok() {
        println!("cargo::rustc-link-search=native={}", directory.display());
    }
}

/// The compiler that links knows the archive: it prints its path, and else the bare name.
fn has_static_libgcc() -> bool {
    let output = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output();
    output
        .is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_absolute())
}
