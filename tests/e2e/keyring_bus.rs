//! What others see on the session bus while a key is stored and read.

use std::fs::{self, File};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::Scenario;
use crate::keyring::{Keyring, Session, login};
use crate::stage::{FR, KEY, Stage};

pub const SCENARIOS: &[Scenario] = &[Scenario {
    name: "keyring_keys_are_encrypted_on_the_bus",
    needs: &["dbus-daemon", "dbus-monitor", "gnome-keyring-daemon"],
    play: encrypted,
}];

fn encrypted(stage: &Stage) {
    let session = Session::start(stage, &Keyring::Unlocked);
    let log = stage.directory.join("bus.log");
    let mut monitor = session.command(&["dbus-monitor", "--session"]);
    monitor.stdin(Stdio::null()).stdout(File::create(&log).unwrap());
    let mut monitor = monitor.spawn().unwrap();
    let seen = |word: &str| String::from_utf8_lossy(&fs::read(&log).unwrap()).contains(word);
    let wait_for = |word: &str| {
        let start = Instant::now();
        while !seen(word) {
            assert!(start.elapsed() < Duration::from_secs(20), "{word} is not on the bus");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    wait_for("NameAcquired");
    assert_eq!(session.call("store", &login(FR, KEY)), "");
    assert!(session.call("get", FR).contains(KEY));
    // Everything before this message has been written then.
    session.command(&["dbus-send", "--session", "/", "org.example.Last"]).status().unwrap();
    wait_for("org.example");
    monitor.kill().unwrap();
    monitor.wait().unwrap();
    assert!(seen("dh-ietf1024-sha256-aes128-cbc-pkcs7"));
    assert!(seen("member=CreateItem") && seen("member=GetSecret"));
    // The monitor shows bytes as text if all of them are printable, else as hexadecimal.
    let hexadecimal: Vec<_> = KEY.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert!(!seen(KEY) && !seen(&hexadecimal[..8].join(" ")));
}
