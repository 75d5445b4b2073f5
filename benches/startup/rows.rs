//! The rows of the table: which programs are measured, and with what.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::program::{Row, which};
use crate::table::{EMPTY, NAMES, TRUE};

const KEY: &str = "11111111-2222-4333-8444-555555555555";
const HOST: &str = "rg.fr-par.scw.cloud";
const HELPER: &str = "docker-credential-scw";

/// The programs, copied to one directory. The system maps more of a file that was just linked than
/// of one that was copied, so only copies are compared.
struct Programs {
    directory: PathBuf,
}

/// What is not measured here, and why.
pub struct Skipped(pub String);

/// Makes every row that this machine can measure, in the order of [`NAMES`].
pub fn rows(directory: &Path, has_keyring: bool) -> (Vec<Row>, Vec<Skipped>) {
    let programs = Programs::in_directory(directory);
    let homes = Homes::make(directory);
    let (mut rows, mut skipped) = (Vec::new(), Vec::new());
    let dynamic = programs.copy("dynamic", Path::new(env!("CARGO_BIN_EXE_docker-credential-scw")));
    if has_keyring {
        homes.store(&dynamic);
    } else {
        let why = "the keyring: dbus-run-session or gnome-keyring-daemon is missing".to_owned();
        skipped.push(Skipped(why));
    }
    for name in NAMES {
        let (action, home) = source(name);
        if home == Home::Keyring && !has_keyring {
            continue;
        }
        let program = match name {
            TRUE => Ok(programs.copy("true", Path::new("/bin/true"))),
            EMPTY => Ok(build_empty(&programs.directory)),
            name if name.ends_with(", static") => static_build()
                .map(|program| programs.copy("static", &program))
                .ok_or("run packaging/program static"),
            name if name.starts_with("`get`") => Ok(dynamic.clone()),
            name => {
                let peer = name.trim_matches('`').split(' ').next().unwrap();
                which(peer).map(|path| programs.copy(peer, &path)).ok_or("not on PATH")
            }
        };
        match program {
            Ok(program) => {
                let variables = homes.variables(home);
                rows.push(Row { name, program, action, variables, input: HOST, times: Vec::new() });
            }
            Err(why) => skipped.push(Skipped(format!("{name}: {why}"))),
        }
    }
    let secretservice = rows.iter().find(|row| row.name.contains("secretservice"));
    if let Some(row) = secretservice {
        homes.store(&row.program);
    }
    (rows, skipped)
}

/// Where a row's key comes from.
#[derive(Clone, Copy, PartialEq)]
enum Home {
    Nowhere,
    Environment,
    File,
    Keyring,
}

/// The action of a row, and where its key comes from.
fn source(name: &str) -> (Option<&'static str>, Home) {
    let home = match name {
        name if name.contains("environment") => Home::Environment,
        name if name.contains("config.yaml") => Home::File,
        name if name.contains("keyring") || name.contains("secretservice") => Home::Keyring,
        _ => Home::Nowhere,
    };
    let action = match name {
        TRUE | EMPTY => None,
        name if name.contains("list") => Some("list"),
        _ => Some("get"),
    };
    (action, home)
}

/// The home directories of the rows.
struct Homes(PathBuf);

impl Homes {
    fn make(directory: &Path) -> Self {
        let homes = Self(directory.join("homes"));
        let scaleway = homes.path(Home::File).join(".config/scw");
        fs::create_dir_all(&scaleway).unwrap();
        let config = include_str!("../config.yaml").replace("SECRET_KEY", KEY);
        fs::write(scaleway.join("config.yaml"), config).unwrap();
        homes
    }

    fn path(&self, home: Home) -> PathBuf {
        self.0.join(match home {
            Home::Nowhere | Home::Environment => "nowhere",
            Home::File => "file",
            Home::Keyring => "keyring",
        })
    }

    fn variables(&self, home: Home) -> BTreeMap<&'static str, String> {
        let mut variables = BTreeMap::from([("HOME", self.path(home).display().to_string())]);
        if home == Home::Environment {
            variables.insert("SCW_SECRET_KEY", KEY.to_owned());
        }
        if home == Home::Keyring {
            let bus = std::env::var("DBUS_SESSION_BUS_ADDRESS").unwrap();
            variables.insert("DBUS_SESSION_BUS_ADDRESS", bus);
        }
        variables
    }

    /// Stores the key in the keyring with this program.
    fn store(&self, program: &Path) {
        let mut command = Command::new(program);
        command.arg("store").envs(self.variables(Home::Keyring)).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        let request = format!(r#"{{"ServerURL":"{HOST}","Username":"nologin","Secret":"{KEY}"}}"#);
        child.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "{} store", program.display());
    }
}

impl Programs {
    fn in_directory(directory: &Path) -> Self {
        let directory = directory.join("programs");
        fs::create_dir(&directory).unwrap();
        Self { directory }
    }

    /// Copies a program. Each has its own directory, because the helper's file name chooses a profile.
    fn copy(&self, name: &str, program: &Path) -> PathBuf {
        let directory = self.directory.join(name);
        fs::create_dir_all(&directory).unwrap();
        let is_helper = ["dynamic", "static"].contains(&name);
        let copy = directory.join(if is_helper { HELPER } else { name });
        if !copy.exists() {
            fs::copy(program, &copy).unwrap();
        }
        copy
    }
}

/// The static program that `packaging/program static` has built.
fn static_build() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_BIN_EXE_docker-credential-scw")).parent()?.parent()?;
    let triple = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    let program = target.join("release-build/static").join(triple).join("release").join(HELPER);
    program.is_file().then_some(program)
}

/// Builds the empty program with the settings of the release profile.
fn build_empty(directory: &Path) -> PathBuf {
    let program = directory.join("empty");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/empty.rs");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let status = Command::new(rustc)
        .args(["--edition", "2024", "-Copt-level=3", "-Clto=fat", "-Ccodegen-units=1"])
        .args(["-Cpanic=abort", "-Cstrip=symbols", "-o"])
        .args([&program, &source])
        .status();
    assert!(status.unwrap().success());
    let copy = directory.join("empty-copy");
    fs::copy(program, &copy).unwrap();
    copy
}
