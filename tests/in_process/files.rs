//! Changing another program's file: links, modes, and errors of the system.
#![cfg(unix)]

use std::convert::Infallible;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use docker_credential_scw::system::files::{
    Change, UpdateError, UpdateOptions, replace_program, update,
};
use tempfile::TempDir;

use crate::support::stable;

fn write_to(path: &Path, text: &str) -> Result<bool, UpdateError<Infallible>> {
    update(path, UpdateOptions::default(), |_| Ok(Change::Write(Vec::from(text).into())))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn names(dir: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(dir.path()).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_new_file_is_its_owners_only_in_a_directory_that_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a/b/config.json");
    assert!(write_to(&path, "x").unwrap());
    assert_eq!(fs::read_to_string(&path).unwrap(), "x");
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    assert_eq!(mode(&dir.path().join("a")), 0o700);
}

#[test]
fn mode_and_inode_of_an_old_file_show_that_it_was_replaced_and_kept_its_rights() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.json");
    for rights in [0o600, 0o644, 0o640, 0o400] {
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(rights)).unwrap();
        let before = fs::metadata(&path).unwrap().ino();
        assert!(write_to(&path, "new").unwrap());
        assert_eq!((mode(&path), fs::read_to_string(&path).unwrap().as_str()), (rights, "new"));
        assert_ne!(fs::metadata(&path).unwrap().ino(), before);
        fs::remove_file(&path).unwrap();
    }
    assert_eq!(names(&dir), [""; 0], "no temporary file is left");
}

#[test]
fn links_stay_links_and_what_they_lead_to_is_changed() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::create_dir(at("dotfiles")).unwrap();
    fs::write(at("dotfiles/real.json"), "old").unwrap();
    symlink("dotfiles/real.json", at("relative")).unwrap();
    symlink(at("dotfiles/real.json"), at("absolute")).unwrap();
    symlink("relative", at("chained")).unwrap();
    for (n, link) in ["relative", "absolute", "chained"].iter().enumerate() {
        write_to(&at(link), &format!("new {n}")).unwrap();
        assert!(fs::symlink_metadata(at(link)).unwrap().is_symlink(), "{link}");
        assert_eq!(fs::read_to_string(at("dotfiles/real.json")).unwrap(), format!("new {n}"));
    }
    symlink("missing/there.json", at("dangling")).unwrap();
    write_to(&at("dangling"), "new").unwrap();
    assert!(fs::symlink_metadata(at("dangling")).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(at("missing/there.json")).unwrap(), "new");
    update(&at("dangling"), UpdateOptions::default(), |_| {
        Ok::<_, Infallible>(Change::Remove { directories: 1 })
    })
    .unwrap();
    assert!(fs::symlink_metadata(at("dangling")).unwrap().is_symlink(), "it dangles again");
    assert!(!at("missing").exists(), "and the directory that was made for it is gone");
    symlink("circle2", at("circle1")).unwrap();
    symlink("circle1", at("circle2")).unwrap();
    let error = write_to(&at("circle1"), "x").unwrap_err().to_string();
    assert_eq!(
        stable(&error),
        "cannot follow the link ~/circle1: too many levels of symbolic links"
    );
}

#[test]
fn a_change_by_another_program_meanwhile_is_not_lost() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.json");
    fs::write(&path, "0").unwrap();
    let mut interruptions = 5;
    update(&path, UpdateOptions::default(), |current| {
        let old = String::from_utf8(current.content.unwrap().to_vec()).unwrap();
        if interruptions > 0 {
            interruptions -= 1;
            fs::write(&path, format!("{old}+")).unwrap();
        }
        Ok::<_, Infallible>(Change::Write(format!("{old}!").into_bytes().into()))
    })
    .unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "0+++++!");
    let mut count = 0;
    let never_still = update(&path, UpdateOptions::default(), |_| {
        count += 1;
        fs::write(&path, count.to_string()).unwrap();
        Ok::<_, Infallible>(Change::Write(vec![].into()))
    });
    assert!(matches!(never_still, Err(UpdateError::KeepsChanging { .. })));
    assert_eq!(names(&dir), ["config.json"]);
}

#[test]
fn nothing_is_made_where_nothing_is_to_be_done() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a/config.json");
    let changed = update(&path, UpdateOptions::default(), |current| {
        assert!(current.content.is_none());
        Ok::<_, Infallible>(Change::None)
    });
    assert!(!changed.unwrap());
    assert_eq!(names(&dir), [""; 0]);
}

#[test]
fn what_a_killed_run_left_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join(".docker-credential-scw-new-Abc123"), "secret").unwrap();
    write_to(&dir.path().join("config.json"), "x").unwrap();
    assert_eq!(names(&dir), ["config.json"]);
}

/// Everybody who may read `/usr/local/bin` can hold its lock.
#[test]
fn a_program_is_replaced_while_another_process_locks_its_directory() {
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("docker-credential-scw");
    let leftover = dir.path().join(".docker-credential-scw-program-left");
    fs::write(&program, "old").unwrap();
    fs::write(&leftover, "of a run that is still busy").unwrap();
    let lock = fs::File::open(dir.path()).unwrap();
    lock.lock().unwrap();
    let start = std::time::Instant::now();
    replace_program(&program, b"new").unwrap();
    assert!(start.elapsed() < std::time::Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(fs::read_to_string(&program).unwrap(), "new");
    assert!(leftover.exists());
    drop(lock);
    replace_program(&program, b"newer").unwrap();
    assert_eq!(names(&dir), ["docker-credential-scw"]);
}

#[test]
fn a_directory_or_a_pipe_in_the_files_place_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let refused = |path: &Path| stable(&write_to(path, "x").unwrap_err().to_string());
    assert_eq!(refused(dir.path()), "cannot read ~: it is not a regular file");
    let pipe = dir.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(refused(&pipe), "cannot read ~/pipe: it is not a regular file");
}

#[test]
fn a_file_of_more_than_16_mib_is_refused() {
    const LIMIT: u64 = 16 * 1024 * 1024;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("large");
    let file = fs::File::create(&path).unwrap();
    file.set_len(LIMIT).unwrap();
    assert!(read_only(&path).is_ok());
    for length in [LIMIT + 1, LIMIT * 64] {
        file.set_len(length).unwrap();
        assert_eq!(
            read_only(&path).unwrap_err(),
            format!("cannot read {}: it is larger than 16 MiB", path.display())
        );
    }
}

/// Reads the file as an edit does, without changing it.
fn read_only(path: &Path) -> Result<bool, String> {
    let edited = update(path, UpdateOptions::default(), |_| Ok::<_, Infallible>(Change::None));
    edited.map_err(|error| error.to_string())
}
