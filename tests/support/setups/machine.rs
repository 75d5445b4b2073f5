//! A machine that is being prepared: a home directory, variables and a keyring.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use base64::Engine as _;

use super::KEY;

/// Docker's config.
pub const CONFIG: &str = ".docker/config.json";
/// Scaleway's config.
pub const YAML: &str = ".config/scw/config.yaml";
/// The helper as the healthy machine has it.
pub const HELPER: &str = "bin/docker-credential-scw";

/// What the keyring does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyringState {
    /// It works.
    Works,
    /// It is locked and returns no keys.
    Locked,
    /// There is none.
    Absent,
}

/// One machine. Paths are relative to its home directory.
pub struct Machine {
    pub home: PathBuf,
    pub variables: BTreeMap<String, String>,
    /// Only the tests in process have a keyring that obeys.
    pub keyring: KeyringState,
    /// A key that a login has put into the keyring, and its registry.
    pub stored: Option<(&'static str, &'static str)>,
    /// Files and directories that belong to other users, and their numbers. Only the tests in
    /// namespaces give files away.
    pub owners: Vec<(String, u32)>,
}

impl Machine {
    /// A machine with a key, clients, and nothing installed yet.
    pub fn new(home: &Path) -> Self {
        let mut machine = Self {
            home: home.to_owned(),
            variables: BTreeMap::new(),
            keyring: KeyringState::Works,
            stored: None,
            owners: Vec::new(),
        };
        let path = machine.shown("bin");
        machine.set("PATH", &path);
        machine.set("HOME", &home.display().to_string());
        machine.set("LANG", "en_US.UTF-8");
        machine.write(YAML, format!("secret_key: {KEY}\n"));
        machine.mode(YAML, 0o600);
        machine.client("bin/docker", "Docker version 29.7.2, build 1");
        machine.client("bin/podman", "podman version 5.6.0");
        machine
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.home.join(path)
    }

    /// The absolute path as text.
    pub fn shown(&self, path: &str) -> String {
        self.path(path).display().to_string()
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    pub fn unset(&mut self, name: &str) {
        self.variables.remove(name);
    }

    /// Sets PATH to these directories.
    pub fn search(&mut self, directories: &[&str]) {
        let paths: Vec<_> = directories.iter().map(|directory| self.shown(directory)).collect();
        self.set("PATH", &paths.join(":"));
    }

    pub fn directory(&self, path: &str) {
        fs::create_dir_all(self.path(path)).unwrap();
    }

    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    /// Replaces a text that is there in a file.
    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{from} is not in {text}");
        self.write(path, text.replacen(from, to, 1));
    }

    pub fn mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode)).unwrap();
    }

    /// Removes a file, a link or a directory with everything in it.
    pub fn remove(&self, path: &str) {
        let path = self.path(path);
        if path.is_dir() && !path.is_symlink() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }

    pub fn rename(&self, from: &str, to: &str) {
        fs::create_dir_all(self.path(to).parent().unwrap()).unwrap();
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    /// Makes a link at `path` to another path in the home directory.
    pub fn link(&self, path: &str, target: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        symlink(self.path(target), self.path(path)).unwrap();
    }

    /// Writes an executable shell script, in the place of any file or link.
    pub fn script(&self, path: &str, lines: &str) {
        if self.path(path).symlink_metadata().is_ok() {
            self.remove(path);
        }
        self.write(path, format!("#!/bin/sh\n{lines}\n"));
        self.mode(path, 0o755);
    }

    /// A container client that answers with its version, and logs out as podman does from its only
    /// login.
    pub fn client(&self, path: &str, version: &str) {
        let logout = "case $1 in logout) echo '{}' >\"$3\"; exit;; esac";
        self.script(path, &format!("{logout}\necho {version}"));
    }

    /// Puts an older version in the helper's place: the same program, but for its number.
    pub fn older_helper(&self, path: &str) {
        let mut program = fs::read(self.path(HELPER)).unwrap();
        let (new, old) = (env!("CARGO_PKG_VERSION").as_bytes(), b"0.0.9");
        assert_eq!(new.len(), old.len());
        let mut at = 0;
        while let Some(found) = program[at..].windows(new.len()).position(|part| part == new) {
            at += found;
            program[at..at + old.len()].copy_from_slice(old);
        }
        // A new file, as one that runs cannot be written to.
        if self.path(path).exists() {
            self.remove(path);
        }
        self.write(path, program);
        self.mode(path, 0o755);
    }

    /// The `credHelpers` entry of this registry is this helper.
    pub fn register(&self, host: &str, helper: &str) {
        let entry = format!("\"{host}\": \"scw\"");
        self.edit(CONFIG, &entry, &format!("\"{host}\": \"{helper}\""));
    }

    /// The `credHelpers` entry of this registry has another name.
    pub fn register_as(&self, host: &str, key: &str) {
        self.edit(CONFIG, &format!("\"{host}\": \"scw\""), &format!("\"{key}\": \"scw\""));
    }

    /// The `credHelpers` entry of this registry is removed.
    pub fn unregister(&self, host: &str) {
        self.edit(CONFIG, &format!("\"{host}\": \"scw\","), "");
    }

    /// Adds a member to a JSON object.
    pub fn add_to(&self, path: &str, member: &str) {
        let text = self.read(path);
        self.write(path, text.replacen('{', &format!("{{{member},"), 1));
    }
}

/// A script that answers as a helper of version 0.0.1 with this key.
pub fn helper_with(key: &str) -> String {
    format!(
        "case $1 in\n\
         version) echo 'docker-credential-scw (docker-credential-scw) 0.0.1';;\n\
         *) read -r host; echo \"{{\\\"ServerURL\\\":\\\"$host\\\",\\\"Username\\\":\\\"nologin\\\",\\\"Secret\\\":\\\"{key}\\\"}}\";;\n\
         esac"
    )
}

/// A member `auths` with plaintext credentials for `server`.
pub fn auths(server: &str, key: &str) -> String {
    let login = base64::engine::general_purpose::STANDARD.encode(format!("nologin:{key}"));
    format!("\"auths\":{{\"{server}\":{{\"auth\":\"{login}\"}}}}")
}
