//! Makes starts of the program cheaper and the program smaller, where the compiler can do it.
//!
//! In a dynamic program, the part of libgcc that Rust's standard library needs is linked statically. The shared library is
//! searched for every symbol and mapped at every start. That costs a tenth of all instructions and
//! nine system calls of a `get`. Rust names the shared library on the linker's command line, so put a
//! linker script with its name first, which links the static one.

#![allow(
    clippy::disallowed_methods,
    reason = "the rules for the environment and files only apply to the program"
)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|it| it == value);
    let is_static = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default().contains("crt-static");
    // When cross-compiling, the target's compiler is unknown. musl's parts come with Rust.
    let is_native = env::var("HOST").ok() == env::var("TARGET").ok()
        || is("CARGO_CFG_TARGET_ENV", "musl") && is("CARGO_CFG_TARGET_ARCH", env::consts::ARCH);
    let Some(directory) = env::var_os("OUT_DIR").map(PathBuf::from) else { return };
    if !(is("CARGO_CFG_TARGET_OS", "linux") && is_native) {
        return;
    }
    let is_release = is("PROFILE", "release");
    if is("CARGO_CFG_TARGET_ENV", "musl") && is_static && is_release {
        arrange_sections(&directory, "*(EXCLUDE_FILE(*crtbegin*.o *crtend*.o) .eh_frame)");
        if links_with(&directory, PACK) {
            println!("cargo::rustc-link-arg-bins={PACK}");
        }
    }
    if !is("CARGO_CFG_TARGET_ENV", "gnu") || is_static || !has_static_libgcc() {
        return;
    }
    if is_release {
        arrange_sections(&directory, "*(.eh_frame)");
        pack_relocations(&directory);
        choose_linker(&directory);
    }
    let script = directory.join("libgcc_s.so");
    if fs::write(script, "INPUT(-lgcc_eh -lgcc)\n").is_ok() {
        println!("cargo::rustc-link-search=native={}", directory.display());
    }
}

/// Gives the linker a script in addition to its own, which both GNU's and LLVM's take. It
///
/// - puts the functions that `get` runs next to each other. The system reads a program in pieces of
///   64 KiB, and each piece costs a page fault: 25 of them at every start;
/// - leaves out the descriptions of stack frames and their index: a tenth of the program's size. Only
///   unwinding needs them, and a release build aborts on panic. `frames` are the sections, in the
///   linker's notation: the start files of a static program refer to theirs.
fn arrange_sections(directory: &Path, frames: &str) {
    println!("cargo::rerun-if-changed={START_ORDER}");
    let order = fs::read_to_string(START_ORDER).unwrap_or_default();
    let mut functions = String::new();
    for function in order.lines() {
        functions += "    *(.text.";
        functions += function;
        functions += " .text.unlikely.";
        functions += function;
        functions += ")\n";
    }
    let script = directory.join("sections.ld");
    let sections = format!(
        "SECTIONS {{\n  .text.start : {{\n{functions}  }}\n}} INSERT BEFORE .text;\n\
         SECTIONS {{ /DISCARD/ : {{ {frames} }} }} INSERT AFTER .text;\n"
    );
    if fs::write(&script, sections).is_ok() {
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
        println!("cargo::rustc-link-arg-bins=-Wl,-T,{}", script.display());
    }
}

/// The functions that `get` runs, one per line, as patterns. `packaging/start-order` writes it.
const START_ORDER: &str = "packaging/start-order.txt";

/// Packs the addresses that the loader adjusts at every start (`DT_RELR`), which makes the program
/// 150 kB smaller.
///
/// The program then needs glibc 2.36. So this is left out where this machine's is older, and in
/// packages, which are for older systems as well: what builds packages sets `SOURCE_DATE_EPOCH`.
fn pack_relocations(directory: &Path) {
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    let is_package = env::var_os("SOURCE_DATE_EPOCH").is_some();
    if !is_package && glibc_version() >= Some((2, 36)) && links_with(directory, PACK) {
        println!("cargo::rustc-link-arg-bins={PACK}");
    }
}

/// Chooses GNU's linker where it is installed, unless the flags for the compiler choose a linker.
///
/// If Rust and C code both call a function of libc, GNU's linker gives it one address, which the loader
/// looks up once. LLVM's, which Rust uses, gives it two: 46 more lookups at every start.
fn choose_linker(directory: &Path) {
    const GNU: &str = "-fuse-ld=bfd";
    println!("cargo::rerun-if-env-changed=CARGO_ENCODED_RUSTFLAGS");
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let is_chosen = ["fuse-ld", "ld-path", "link-self-contained", "linker-", "linker="]
        .iter()
        .any(|option| flags.contains(option));
    if !is_chosen && links_with(directory, GNU) {
        println!("cargo::rustc-link-arg-bins={GNU}");
    }
}

const PACK: &str = "-Wl,-z,pack-relative-relocs";

/// Returns the version of this machine's glibc; `None` if it has another C library.
fn glibc_version() -> Option<(u32, u32)> {
    let output = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    let minor = minor.split('.').next()?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Returns whether the linker knows `option`, by linking a small program. Linkers only warn about
/// unknown `-z` options.
fn links_with(directory: &Path, option: &str) -> bool {
    let source = directory.join("empty.c");
    if fs::write(&source, "int main(void) { return 0; }\n").is_err() {
        return false;
    }
    let linker = env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    let mut command = Command::new(linker);
    command.args([option, "-Wl,--fatal-warnings", "-o"]).arg(directory.join("empty")).arg(source);
    command.output().is_ok_and(|output| output.status.success())
}

/// Returns whether the C compiler has the static library: it prints a path, otherwise just the
/// name.
fn has_static_libgcc() -> bool {
    let output = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output();
    output
        .is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_absolute())
}
