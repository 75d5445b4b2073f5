//! `KeePassXC` as the Secret Service, without a display.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::keyring::{Keyring, Session};
use crate::keyring_model::Service;
use crate::stage::{Stage, both, run};

const PASSWORD: &str = "a password";

/// A database whose root group is visible on the bus.
const DATABASE: &str = "\
<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<KeePassFile>
<Meta><DatabaseName>keys</DatabaseName><CustomData><Item>
<Key>FDO_SECRETS_EXPOSED_GROUP</Key><Value>{11112222-3333-4444-5555-666677778888}</Value>
</Item></CustomData></Meta>
<Root><Group><UUID>EREiIjMzRERVVWZmd3eIiA==</UUID><Name>Root</Name></Group></Root>
</KeePassFile>
";

/// It does not ask whether a client may have an entry: no user can answer.
const SETTINGS: &str = "\
[General]
ConfigVersion=2
UpdateCheckMessageShown=true
[GUI]
CheckForUpdates=false
[FdoSecrets]
Enabled=true
ConfirmAccessItem=false
ConfirmDeleteItem=false
ShowNotification=false
";

const COLLECTION: &str = "/org/freedesktop/secrets/collection/keys";

pub struct KeePassXc<'a> {
    session: Session<'a>,
    stage: &'a Stage,
    program: Option<Child>,
}

impl<'a> KeePassXc<'a> {
    pub fn new(stage: &'a Stage) -> Self {
        fs::write(stage.directory.join("keepassxc.ini"), SETTINGS).unwrap();
        fs::write(stage.directory.join("password"), PASSWORD).unwrap();
        fs::write(stage.directory.join("empty.xml"), DATABASE).unwrap();
        let passwords = format!("{PASSWORD}\n{PASSWORD}\n");
        let import =
            stage.output("keepassxc-cli import -q -p empty.xml empty.kdbx", None, &passwords);
        assert!(import.status.success(), "{}", both(&import));
        Self { session: Session::start(stage, &Keyring::None), stage, program: None }
    }

    fn send(&self, destination: &str, method: &str, argument: &str) -> String {
        let to = "--dest=org.freedesktop.secrets";
        let mut words = vec!["dbus-send", "--session", "--print-reply", to, destination, method];
        words.extend(argument.split_whitespace());
        both(&run(self.session.command(&words), ""))
    }

    fn is_locked(&self) -> Option<bool> {
        let property = "string:org.freedesktop.Secret.Collection string:Locked";
        let answer = self.send(COLLECTION, "org.freedesktop.DBus.Properties.Get", property);
        answer.contains("boolean").then(|| answer.contains("boolean true"))
    }

    fn wait_until_locked(&self, is_locked: bool) {
        let start = Instant::now();
        while self.is_locked() != Some(is_locked) {
            assert!(start.elapsed() < Duration::from_secs(20), "locked: {:?}", self.is_locked());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Starts it with the database unlocked. Each change is saved at once.
    fn start(&mut self) {
        self.stop();
        let words = [
            "keepassxc",
            "--config=keepassxc.ini",
            "--localconfig=keepassxc-local.ini",
            "--pw-stdin",
            "keys.kdbx",
        ];
        let mut command = self.session.command(&words);
        command.env("QT_QPA_PLATFORM", "offscreen");
        let password = fs::File::open(self.stage.directory.join("password")).unwrap();
        command.stdin(password).stdout(Stdio::null()).stderr(Stdio::null());
        self.program = Some(command.spawn().unwrap());
        self.wait_until_locked(false);
    }

    fn stop(&mut self) {
        if let Some(mut program) = self.program.take() {
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

impl Service for KeePassXc<'_> {
    fn reset(&mut self) {
        self.stop();
        let file = |name| self.stage.directory.join(name);
        fs::copy(file("empty.kdbx"), file("keys.kdbx")).unwrap();
        self.start();
    }

    /// A user would confirm it in a dialog.
    fn lock(&mut self) {
        let method = "org.freedesktop.Secret.Service.Lock";
        let paths = format!("array:objpath:{COLLECTION}");
        let answer = self.send("/org/freedesktop/secrets", method, &paths);
        let prompt = answer.split('"').find(|path| path.contains("/prompt/")).expect("a prompt");
        self.send(prompt, "org.freedesktop.Secret.Prompt.Prompt", "string:");
        self.wait_until_locked(true);
    }

    fn unlock(&mut self) {
        self.start();
    }

    fn command(&self, words: &[&str]) -> Command {
        self.session.command(words)
    }
}

impl Drop for KeePassXc<'_> {
    fn drop(&mut self) {
        self.stop();
    }
}
