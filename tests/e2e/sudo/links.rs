//! Links in the user's home directory, which must not lead root to other files.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::{NEEDS, UID, as_user, give, set_mode, set_up, sudo, sudo_ok};
use crate::Scenario;
use crate::stage::{FR, Stage, both};

pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "sudo_install_follows_no_links_as_root", needs: NEEDS, play: links },
    Scenario { name: "sudo_install_is_safe_against_link_races", needs: NEEDS, play: race },
    Scenario { name: "sudo_install_keeps_links_among_dotfiles", needs: NEEDS, play: dotfiles },
];

/// Everything below a directory: owner, mode and content.
fn tree(path: &Path) -> Vec<(PathBuf, u32, u32, Vec<u8>)> {
    let metadata = path.symlink_metadata().unwrap();
    let content = if metadata.is_file() { fs::read(path).unwrap() } else { Vec::new() };
    let mut found = vec![(path.to_owned(), metadata.uid(), metadata.mode(), content)];
    if metadata.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            found.extend(tree(&entry.unwrap().path()));
        }
    }
    found.sort();
    found
}

/// With root's rights, each of these links would let the user read or write root's files.
fn links(stage: &Stage) {
    type Prepare = fn(&Path, &Path);
    const ENTRIES: &str = r#"{"credHelpers":{"rg.fr-par.scw.cloud":"scw"}}"#;
    let roots = set_up(stage);
    let home = stage.home();
    fs::create_dir(roots.join("docker")).unwrap();
    set_mode(&roots.join("docker"), 0o700);
    for (name, mode) in [("docker/config.json", 0o600), ("open.json", 0o644)] {
        fs::write(roots.join(name), ENTRIES).unwrap();
        set_mode(&roots.join(name), mode);
    }
    fs::write(roots.join("secret.json"), r#"{"HttpHeaders":{"X":"of-root-only"}}"#).unwrap();
    set_mode(&roots.join("secret.json"), 0o600);
    let login = r#"{"auths":{"rg.fr-par.scw.cloud":{"auth":"bm9sb2dpbjo"}}}"#;
    fs::write(roots.join("auth.json"), login).unwrap();
    let config_to_absent: Prepare = |home, roots| {
        fs::create_dir(home.join(".docker")).unwrap();
        symlink(roots.join("profile.sh"), home.join(".docker/config.json")).unwrap();
    };
    let directory_to_absent: Prepare =
        |home, roots| symlink(roots.join("new/deep"), home.join(".docker")).unwrap();
    let config_to_open: Prepare = |home, roots| {
        fs::create_dir(home.join(".docker")).unwrap();
        symlink(roots.join("open.json"), home.join(".docker/config.json")).unwrap();
    };
    let config_to_secret: Prepare = |home, roots| {
        fs::create_dir(home.join(".docker")).unwrap();
        symlink(roots.join("secret.json"), home.join(".docker/config.json")).unwrap();
    };
    let directory_to_roots: Prepare =
        |home, roots| symlink(roots.join("docker"), home.join(".docker")).unwrap();
    let podmans: Prepare = |home, roots| {
        fs::create_dir_all(home.join(".config/containers")).unwrap();
        symlink(roots.join("auth.json"), home.join(".config/containers/auth.json")).unwrap();
    };
    let own_state: Prepare = |home, roots| {
        fs::create_dir_all(home.join(".local/state")).unwrap();
        symlink(roots.join("state"), home.join(".local/state/docker-credential-scw")).unwrap();
    };
    let before = tree(&roots);
    for (name, prepare, words) in [
        ("an absent file", config_to_absent, ["install", "--region=fr-par"].as_slice()),
        ("an absent directory", directory_to_absent, &["install"]),
        ("a readable file", config_to_open, &["install"]),
        ("a readable file, by force", config_to_open, &["install", "--force", "--yes"]),
        ("a readable file", config_to_open, &["uninstall"]),
        ("a private file", config_to_secret, &["install"]),
        ("a private file, shown", config_to_secret, &["install", "--dry-run"]),
        (
            "a private file, shown as JSON",
            config_to_secret,
            &["install", "--dry-run", "-o", "json"],
        ),
        ("root's directory", directory_to_roots, &["uninstall"]),
        ("root's directory", directory_to_roots, &["install"]),
        ("podman's file", podmans, &["install", "--yes"]),
        ("the state directory", own_state, &["uninstall", "--purge"]),
        ("a named directory", directory_to_absent, &["install", "--docker-config", "home/.docker"]),
    ] {
        prepare(&home, &roots);
        give(&home);
        let output = sudo(stage, words);
        assert_eq!(tree(&roots), before, "{name} {words:?}: {}", both(&output));
        assert!(!both(&output).contains("of-root-only"), "{name}: {}", both(&output));
        assert!(!both(&output).contains("internal error"), "{name}: {}", both(&output));
        let docker = home.join(".docker");
        if docker.is_symlink() {
            fs::remove_file(&docker).unwrap();
        } else if docker.exists() {
            fs::remove_dir_all(&docker).unwrap();
        }
        let _ = fs::remove_dir_all(home.join(".config/containers"));
        let _ = fs::remove_dir_all(home.join(".local"));
    }
}

/// While `install` creates a long chain of directories, the user replaces one of them with a link.
fn race(stage: &Stage) {
    let roots = set_up(stage);
    let home = stage.home();
    let chain: PathBuf = (0..40).map(|number| format!("d{number}")).collect();
    let docker = home.join("a").join(&chain);
    for _ in 0..5 {
        // The same chain, empty, in root's directory.
        let _ = fs::remove_dir_all(roots.join("a"));
        fs::create_dir_all(roots.join("a").join(chain.parent().unwrap())).unwrap();
        fs::create_dir(home.join("a")).unwrap();
        give(&home.join("a"));
        symlink(&docker, home.join(".docker")).unwrap();
        give(&home.join(".docker"));
        let before = tree(&roots);
        let exchange = format!(
            "cd {home}; i=0; while [ $i -lt 400 ]; do i=$((i+1)); mv a b; ln -s {roots}/a a; \
             rm a; mv b a; done",
            home = home.display(),
            roots = roots.display()
        );
        let mut user = as_user(stage, &["sh", "-c", &exchange]);
        let mut user = user.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        for _ in 0..8 {
            sudo(stage, &["install", "--region=fr-par"]);
        }
        user.wait().unwrap();
        assert_eq!(tree(&roots), before);
        fs::remove_file(home.join(".docker")).unwrap();
        for name in ["a", "b"] {
            let path = home.join(name);
            if path.is_symlink() {
                fs::remove_file(&path).unwrap();
            } else if path.exists() {
                fs::remove_dir_all(&path).unwrap();
            }
        }
    }
}

/// The links of users who keep their dotfiles elsewhere are left in place.
fn dotfiles(stage: &Stage) {
    set_up(stage);
    let home = stage.home();
    let dotfiles = home.join("dotfiles");
    let file = dotfiles.join("docker.json");
    let link = home.join(".docker/config.json");
    for (name, target, exists) in [
        ("relative", "../dotfiles/docker.json", true),
        ("absolute", file.to_str().unwrap(), true),
        ("dangling", "../dotfiles/docker.json", false),
        ("chained", "../first", true),
    ] {
        fs::create_dir(&dotfiles).unwrap();
        fs::create_dir(home.join(".docker")).unwrap();
        symlink(target, &link).unwrap();
        symlink("dotfiles/docker.json", home.join("first")).unwrap();
        if exists {
            fs::write(&file, "{\"psFormat\": \"x\"}").unwrap();
        }
        give(&home);
        sudo_ok(stage, &["install", "--region=fr-par"]);
        assert!(link.is_symlink(), "{name}");
        assert_eq!(fs::metadata(&file).unwrap().uid(), UID, "{name}");
        assert_eq!(stage.helpers()[FR], "scw");
        sudo_ok(stage, &["uninstall"]);
        assert!(link.is_symlink(), "{name}");
        assert_eq!(file.exists(), exists, "{name}");
        for directory in [&dotfiles, &home.join(".docker")] {
            fs::remove_dir_all(directory).unwrap();
        }
        fs::remove_file(home.join("first")).unwrap();
    }
}
