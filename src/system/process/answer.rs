//! Programs that are started for their answer, within limits of time and length.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, ErrorKind, PipeReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use crate::system::resources::{NoThread, start_thread};

/// The longest answer that is taken, in bytes.
const ANSWER_LIMIT: usize = 64 * 1024;

/// How often to poll for a program's exit.
const PAUSE: Duration = Duration::from_millis(2);

/// How long to wait for the end of a program that was killed. One that hangs in the kernel ends later.
const END_OF_KILLED: Duration = Duration::from_millis(500);

/// How long the answer of a program that has ended is still read after the deadline.
const LAST_LOOK: Duration = Duration::from_millis(200);

/// How long to wait for a program's file that is open for writing.
const BUSY: Duration = Duration::from_secs(1);

/// How long one command of ours waits for the programs that it asks, all together.
const TIME_IN_ALL: Duration = Duration::from_secs(30);

/// How long `doctor` waits, for all programs and for one: it ends within 30 s, and asks the keyring and
/// the registries as well.
const TIME_OF_DOCTOR: Duration = Duration::from_secs(15);
const TIME_OF_DOCTOR_FOR_ONE: Duration = Duration::from_secs(10);

/// What a program answered.
pub(crate) struct Answer {
    pub(crate) success: bool,
    pub(crate) stdout: Zeroizing<Vec<u8>>,
}

/// Why a program gave no answer. The texts follow the program's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AskError {
    /// The system's words.
    #[error("does not run: {0}")]
    DoesNotRun(String),
    /// The system makes no thread that could read the answer.
    #[error("is not started: {0}")]
    NoThread(#[from] NoThread),
    #[error("does not answer within {} s", .0.as_secs().max(1))]
    TimedOut(Duration),
    #[error("prints more than {} KiB", ANSWER_LIMIT / 1024)]
    TooLong,
    #[error("is not asked: other programs took the {} s that all have together", .0.as_secs())]
    NoTimeLeft(Duration),
}

/// The time that one command of ours gives to the programs that it asks. A program that is asked
/// for several registries has one deadline for all of them.
pub(crate) struct AskingTime {
    in_all: Duration,
    /// For all calls of one program.
    for_one: Duration,
    spent: RefCell<BTreeMap<OsString, Duration>>,
}

impl From<io::Error> for AskError {
    fn from(error: io::Error) -> Self {
        Self::DoesNotRun(error.to_string())
    }
}

impl AskError {
    /// The fault as a text about a program that is not named: it cannot be started, or why it gave no
    /// answer.
    pub(crate) fn of_started(&self) -> String {
        match self {
            Self::DoesNotRun(words) => format!("cannot be started: {words}"),
            fault => fault.to_string(),
        }
    }
}

impl AskingTime {
    pub(crate) fn new() -> Self {
        Self::of(TIME_IN_ALL)
    }

    /// The time that `doctor` gives.
    pub(crate) fn of_doctor() -> Self {
        Self { for_one: TIME_OF_DOCTOR_FOR_ONE, ..Self::of(TIME_OF_DOCTOR) }
    }

    fn of(in_all: Duration) -> Self {
        Self { in_all, for_one: in_all, spent: RefCell::default() }
    }

    /// How long this call of `program` may take, if all its calls may take `limit`.
    fn left(&self, program: &OsString, limit: Duration) -> Result<Duration, AskError> {
        let spent = self.spent.borrow();
        let own = spent.get(program).copied().unwrap_or_default();
        let left_of_all = self.in_all.saturating_sub(spent.values().sum());
        let limit = limit.min(self.for_one);
        let left = limit.saturating_sub(own);
        if left.is_zero() {
            return Err(AskError::TimedOut(limit));
        }
        if left_of_all.is_zero() {
            return Err(AskError::NoTimeLeft(self.in_all));
        }
        Ok(left.min(left_of_all))
    }

    fn spend(&self, program: OsString, time: Duration) {
        *self.spent.borrow_mut().entry(program).or_default() += time;
    }
}

/// Starts a program with `stdin`, and gives back what it prints until the end of its output, and
/// whether it succeeded. All calls of the program may take `limit` together, and all programs what
/// `time` allows.
///
/// Another process that the program started may keep the output open longer than the program runs:
/// at the deadline, what was read by then is the answer. Such a process is not killed. The program
/// stays in our process group, as it could not ask for a passphrase on the terminal otherwise.
///
/// # Errors
/// Returns [`AskError`] if the program does not run, prints too much, or has not ended in time. It
/// is killed then.
pub(crate) fn answer_of(
    mut command: Command,
    stdin: &[u8],
    limit: Duration,
    time: &AskingTime,
) -> Result<Answer, AskError> {
    let program = command.get_program().to_owned();
    let limit = time.left(&program, limit)?;
    let start = Instant::now();
    let (output, end_of_program) = io::pipe()?;
    let (tell, hear) = mpsc::channel();
    start_thread(move || send_in_parts(output, &tell))?;
    command.stdin(Stdio::piped()).stdout(end_of_program).stderr(Stdio::null());
    let child = spawn(&mut command);
    // Our copy of the pipe's end would keep it open.
    drop(command);
    let mut child = child?;
    if let Some(mut pipe) = child.stdin.take() {
        // A program that does not read says why in its answer.
        let _ = pipe.write_all(stdin);
    }
    let answer = collect(&mut child, &hear, start + limit);
    if !matches!(answer, Ok(Some(_))) {
        end(&mut child);
    }
    time.spend(program, start.elapsed());
    answer?.ok_or(AskError::TimedOut(limit))
}

/// Starts a program. Its file cannot be executed while any process has it open for writing: after
/// `install` wrote it, that may be a child which another thread is starting, for a moment.
fn spawn(command: &mut Command) -> io::Result<Child> {
    let start = Instant::now();
    loop {
        match command.spawn() {
            Err(error)
                if error.kind() == ErrorKind::ExecutableFileBusy && start.elapsed() < BUSY =>
            {
                thread::sleep(PAUSE);
            }
            spawned => return spawned,
        }
    }
}

/// Collects what a program prints; `None` if it has not ended by `deadline`.
fn collect(
    child: &mut Child,
    hear: &Receiver<Zeroizing<Vec<u8>>>,
    deadline: Instant,
) -> Result<Option<Answer>, AskError> {
    let mut stdout = Zeroizing::new(Vec::with_capacity(ANSWER_LIMIT + 1));
    let (mut is_whole, mut status, mut last_look) = (false, None, None);
    loop {
        if is_whole {
            thread::sleep(PAUSE);
        } else {
            match hear.recv_timeout(PAUSE) {
                Ok(part) => stdout.extend_from_slice(&part),
                Err(RecvTimeoutError::Disconnected) => is_whole = true,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        if stdout.len() > ANSWER_LIMIT {
            return Err(AskError::TooLong);
        }
        if status.is_none() {
            status = child.try_wait()?;
        }
        let now = Instant::now();
        let Some(status) = status else {
            if now >= deadline {
                return Ok(None);
            }
            continue;
        };
        // If we were stopped past the deadline, the answer may still be in the pipe.
        let is_read = now >= deadline && now >= *last_look.get_or_insert(now + LAST_LOOK);
        if is_whole || is_read {
            return Ok(Some(Answer { success: status.success(), stdout }));
        }
    }
}

/// Kills a program, and removes it from the system's table if it ends soon.
fn end(child: &mut Child) {
    let start = Instant::now();
    let _ = child.kill();
    while matches!(child.try_wait(), Ok(None)) && start.elapsed() < END_OF_KILLED {
        thread::sleep(PAUSE);
    }
}

/// Sends what a program prints as it comes, up to one byte past the limit.
fn send_in_parts(mut output: PipeReader, tell: &Sender<Zeroizing<Vec<u8>>>) {
    let mut left = ANSWER_LIMIT + 1;
    let mut buffer = Zeroizing::new([0; 4096]);
    while left > 0 {
        let room = left.min(buffer.len());
        let count = match buffer.get_mut(..room).map(|room| output.read(room)) {
            Some(Ok(count)) => count,
            Some(Err(error)) if error.kind() == ErrorKind::Interrupted => continue,
            _ => return,
        };
        let Some(part) = buffer.get(..count).filter(|part| !part.is_empty()) else { return };
        left -= count;
        // The receiver may have given up.
        if tell.send(Zeroizing::new(part.to_vec())).is_err() {
            return;
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::{ANSWER_LIMIT, AskError, AskingTime, answer_of, start_thread};

    const LONG: Duration = Duration::from_secs(20);
    const SHORT: Duration = Duration::from_millis(300);

    fn answer(script: &str, limit: Duration) -> Result<(bool, String), AskError> {
        ask(script, limit, &AskingTime::new())
    }

    fn ask(script: &str, limit: Duration, time: &AskingTime) -> Result<(bool, String), AskError> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        let answer = answer_of(command, b"host", limit, time)?;
        Ok((answer.success, String::from_utf8_lossy(&answer.stdout).into_owned()))
    }

    fn said(success: bool, words: &str) -> (bool, String) {
        (success, words.to_owned())
    }

    #[test]
    fn an_answer_is_read_to_its_end_however_late_it_comes() {
        assert_eq!(answer("cat; exit 1", LONG), Ok(said(false, "host")));
        assert_eq!(answer("exec <&-; echo x", LONG), Ok(said(true, "x\n")));
        // What the program started answers after the program itself has ended.
        let late = "(sleep 0.5; echo late) & exit 0";
        assert_eq!(answer(late, LONG), Ok(said(true, "late\n")));
        assert_eq!(answer("exit 0", LONG), Ok(said(true, "")));
    }

    #[test]
    fn a_program_that_is_still_open_for_writing_is_started_a_moment_later() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("program");
        std::fs::copy("/bin/cat", &path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let open = std::fs::File::options().append(true).open(&path).unwrap();
        start_thread(move || {
            std::thread::sleep(Duration::from_millis(100));
            drop(open);
        })
        .unwrap();
        let answer = answer_of(Command::new(path), b"host", LONG, &AskingTime::new()).unwrap();
        assert_eq!(answer.stdout.as_slice(), b"host");
    }

    #[test]
    fn what_was_printed_up_to_the_deadline_counts_if_the_program_has_ended() {
        let start = Instant::now();
        assert_eq!(answer("echo early; sleep 30 & exit 0", SHORT), Ok(said(true, "early\n")));
        assert!(start.elapsed() < LONG);
    }

    #[test]
    fn a_program_that_does_not_end_is_killed() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("pid");
        let script = format!("echo $$ >{}; exec sleep 30", file.display());
        assert_eq!(answer(&script, SHORT), Err(AskError::TimedOut(SHORT)));
        assert_eq!(answer("exec >&-; exec sleep 30", SHORT), Err(AskError::TimedOut(SHORT)));
        assert_eq!(
            answer("while sleep 0.05; do echo x; done", SHORT),
            Err(AskError::TimedOut(SHORT))
        );
        let number = std::fs::read_to_string(file).unwrap();
        let status = Command::new("kill").args(["-0", number.trim()]).status().unwrap();
        assert!(!status.success());
    }

    #[test]
    fn a_program_that_prints_without_end_is_cut_off_at_the_limit() {
        let start = Instant::now();
        assert_eq!(
            answer("while :; do echo xxxxxxxxxxxxxxxxxxxxx; done", LONG),
            Err(AskError::TooLong)
        );
        assert_eq!(answer("yes", LONG), Err(AskError::TooLong));
        assert_eq!(answer("yes & exit 0", LONG), Err(AskError::TooLong));
        assert!(start.elapsed() < LONG);
        let just = format!("head -c {ANSWER_LIMIT} /dev/zero");
        assert!(answer(&just, LONG).is_ok());
        assert_eq!(AskError::TooLong.to_string(), "prints more than 64 KiB");
    }

    #[test]
    fn all_calls_of_a_program_have_one_deadline() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("starts");
        let script = format!("echo x >>{}; exec sleep 30", file.display());
        let time = AskingTime::new();
        for _ in 0..5 {
            assert_eq!(ask(&script, SHORT, &time), Err(AskError::TimedOut(SHORT)));
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "x\n");
        // A program that answers slowly is cut off, too.
        let time = AskingTime::new();
        let times = (0..20).take_while(|_| ask("sleep 0.1", SHORT, &time).is_ok()).count();
        assert!(times < 4, "{times}");
    }

    #[test]
    fn all_programs_have_one_deadline() {
        let time = AskingTime::of(SHORT);
        assert_eq!(ask("exec sleep 30", LONG, &time), Err(AskError::TimedOut(SHORT)));
        let error = answer_of(Command::new("/bin/true"), b"", LONG, &time).err().unwrap();
        assert_eq!(error, AskError::NoTimeLeft(SHORT));
        let time = AskingTime { for_one: SHORT, ..AskingTime::of(LONG) };
        assert_eq!(ask("exec sleep 30", LONG, &time), Err(AskError::TimedOut(SHORT)));
        assert!(answer_of(Command::new("/bin/true"), b"", LONG, &time).is_ok());
        let words = AskError::NoTimeLeft(Duration::from_secs(30)).to_string();
        assert_eq!(words, "is not asked: other programs took the 30 s that all have together");
    }

    #[test]
    fn a_program_that_is_missing_is_named_as_the_system_does() {
        let missing = Command::new("/nowhere/program");
        let error = answer_of(missing, b"", LONG, &AskingTime::new()).err().unwrap();
        assert_eq!(error.to_string(), "does not run: No such file or directory (os error 2)");
    }
}
