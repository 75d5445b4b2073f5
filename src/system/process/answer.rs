//! Runs programs for their output, with limits on time and length.

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
use crate::system::wiped::WipedBytes;

/// The maximum length of an answer in bytes.
const ANSWER_LIMIT: usize = 64 * 1024;

/// How often to poll for the child's exit at first. A program that has closed its output ends soon after,
/// so the pause begins short and doubles.
const FIRST_PAUSE: Duration = Duration::from_micros(50);

/// The longest pause of these. Output and its end are waited for without polling.
const LONGEST_PAUSE: Duration = Duration::from_millis(10);

/// How long to wait for a killed program. It may hang in the kernel.
const KILL_TIMEOUT: Duration = Duration::from_millis(500);

/// How long to keep reading the output of a program that has ended by the deadline.
const LAST_READ: Duration = Duration::from_millis(200);

/// How long to retry if the program's file is open for writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);
const BUSY_PAUSE: Duration = Duration::from_millis(2);

/// How long one command waits for the programs that it runs, in total.
const TIME_IN_ALL: Duration = Duration::from_secs(30);

/// How long `doctor` waits, in total and for one program. It must finish within 30 s, including the
/// keyring and the registries.
const TIME_OF_DOCTOR: Duration = Duration::from_secs(15);
const TIME_OF_DOCTOR_FOR_ONE: Duration = Duration::from_secs(10);

/// A program's output.
pub(crate) struct Answer {
    pub(crate) success: bool,
    pub(crate) stdout: WipedBytes,
}

/// Why a program gave no answer. The text follows the program's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// The system's error.
    #[error("does not run: {0}")]
    DoesNotRun(String),
    /// There was no thread to read the output.
    #[error("is not started: {0}")]
    NoThread(#[from] NoThread),
    /// The program has not ended within this time.
    #[error("does not answer within {} s", .0.as_secs().max(1))]
    TimedOut(Duration),
    /// The answer is longer than the limit.
    #[error("prints more than {} KiB", ANSWER_LIMIT / 1024)]
    TooLong,
    /// Other programs used up the time, which is this long.
    #[error("is not started: other programs used up the {} s that they share", .0.as_secs())]
    NoTimeLeft(Duration),
}

/// The time that one command spends on other programs. All runs of one program share a deadline.
pub(crate) struct AskingTime {
    in_all: Duration,
    /// For all runs of one program.
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

    /// The time limits of `doctor`.
    pub(crate) fn of_doctor() -> Self {
        Self { for_one: TIME_OF_DOCTOR_FOR_ONE, ..Self::of(TIME_OF_DOCTOR) }
    }

    fn of(in_all: Duration) -> Self {
        Self { in_all, for_one: in_all, spent: RefCell::default() }
    }

    /// Returns how long this run of `program` may take if all its runs may take `limit`.
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

/// Runs a program with `stdin` as its input, and returns its output and whether it succeeded. All
/// runs of the program together may take `limit`, and all programs together what `time` allows.
///
/// A process that the program starts may keep the output open longer than the program runs. At the
/// deadline, the output so far is the answer, and that process is not killed. The program stays in
/// this process group, because it could not prompt on the terminal otherwise.
///
/// # Errors
/// Returns [`AskError`] if the program cannot be started, prints too much, or does not end in time.
/// It is killed in that case.
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
    let (sender, receiver) = mpsc::channel();
    start_thread(move || send_in_parts(output, &sender))?;
    command.stdin(Stdio::piped()).stdout(end_of_program).stderr(Stdio::null());
    let child = spawn(&mut command);
    // Close this process's copy of the pipe's end, which would keep it open.
    drop(command);
    let mut child = child?;
    if let Some(mut pipe) = child.stdin.take() {
        // A program that does not read its input says why in its output.
        let _ = pipe.write_all(stdin);
    }
    let answer = collect(&mut child, &receiver, start + limit);
    if !matches!(answer, Ok(Some(_))) {
        end(&mut child);
    }
    time.spend(program, start.elapsed());
    answer?.ok_or(AskError::TimedOut(limit))
}

/// Starts a program. Linux does not execute a file that is open for writing. After `install` wrote
/// it, a child that another thread is just starting may still have it open for a moment.
fn spawn(command: &mut Command) -> io::Result<Child> {
    let start = Instant::now();
    loop {
        match command.spawn() {
            Err(error)
                if error.kind() == ErrorKind::ExecutableFileBusy
                    && start.elapsed() < BUSY_TIMEOUT =>
            {
                thread::sleep(BUSY_PAUSE);
            }
            spawned => return spawned,
        }
    }
}

/// Collects a program's output; `None` if the program has not ended by `deadline`.
fn collect(
    child: &mut Child,
    receiver: &Receiver<Zeroizing<Vec<u8>>>,
    deadline: Instant,
) -> Result<Option<Answer>, AskError> {
    // Has room for all of it: if it grew, a copy would stay in memory.
    let mut stdout = WipedBytes::new(Vec::with_capacity(ANSWER_LIMIT + 1));
    let (mut is_whole, mut status, mut last_read) = (false, None, None);
    let mut pause = LONGEST_PAUSE;
    loop {
        if is_whole {
            thread::sleep(pause);
            pause = LONGEST_PAUSE.min(pause * 2);
        } else {
            match receiver.recv_timeout(pause) {
                Ok(part) => stdout.extend_from_slice(&part),
                Err(RecvTimeoutError::Disconnected) => (is_whole, pause) = (true, FIRST_PAUSE),
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
        // If this process was suspended past the deadline, the output may still be in the pipe.
        let is_read = now >= deadline && now >= *last_read.get_or_insert(now + LAST_READ);
        if is_whole || is_read {
            return Ok(Some(Answer { success: status.success(), stdout }));
        }
    }
}

/// Kills a program, and reaps it if it ends soon.
fn end(child: &mut Child) {
    let start = Instant::now();
    let mut pause = FIRST_PAUSE;
    let _ = child.kill();
    while matches!(child.try_wait(), Ok(None)) && start.elapsed() < KILL_TIMEOUT {
        thread::sleep(pause);
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

/// Sends a program's output in parts as it arrives, up to one byte past the limit.
fn send_in_parts(mut output: PipeReader, sender: &Sender<Zeroizing<Vec<u8>>>) {
    let mut left = ANSWER_LIMIT + 1;
    let mut buffer = Zeroizing::new([0; 4096]);
    while left > 0 {
        let length = left.min(buffer.len());
        let count = match buffer.get_mut(..length).map(|part| output.read(part)) {
            Some(Ok(count)) => count,
            Some(Err(error)) if error.kind() == ErrorKind::Interrupted => continue,
            _ => return,
        };
        let Some(part) = buffer.get(..count).filter(|part| !part.is_empty()) else { return };
        left -= count;
        // The receiver may have timed out.
        if sender.send(Zeroizing::new(part.to_vec())).is_err() {
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

    fn printed(success: bool, words: &str) -> (bool, String) {
        (success, words.to_owned())
    }

    #[test]
    fn output_is_read_to_its_end() {
        assert_eq!(answer("cat; exit 1", LONG), Ok(printed(false, "host")));
        assert_eq!(answer("exec <&-; echo x", LONG), Ok(printed(true, "x\n")));
        // A process that the program started writes after the program has ended.
        let late = "(sleep 0.5; echo late) & exit 0";
        assert_eq!(answer(late, LONG), Ok(printed(true, "late\n")));
        assert_eq!(answer("exit 0", LONG), Ok(printed(true, "")));
    }

    #[test]
    fn starting_a_program_that_is_open_for_writing_is_retried() {
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
    fn output_up_to_the_deadline_is_the_answer_if_the_program_has_ended() {
        let start = Instant::now();
        assert_eq!(answer("echo early; sleep 30 & exit 0", SHORT), Ok(printed(true, "early\n")));
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
    fn endless_output_is_an_error() {
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
    fn all_runs_of_a_program_share_a_deadline() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("starts");
        let script = format!("echo x >>{}; exec sleep 30", file.display());
        let time = AskingTime::new();
        for _ in 0..5 {
            assert_eq!(ask(&script, SHORT, &time), Err(AskError::TimedOut(SHORT)));
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "x\n");
        // A program that answers slowly reaches the deadline, too.
        let time = AskingTime::new();
        let times = (0..20).take_while(|_| ask("sleep 0.1", SHORT, &time).is_ok()).count();
        assert!(times < 4, "{times}");
    }

    #[test]
    fn all_programs_share_a_deadline() {
        let time = AskingTime::of(SHORT);
        assert_eq!(ask("exec sleep 30", LONG, &time), Err(AskError::TimedOut(SHORT)));
        let error = answer_of(Command::new("/bin/true"), b"", LONG, &time).err().unwrap();
        assert_eq!(error, AskError::NoTimeLeft(SHORT));
        let time = AskingTime { for_one: SHORT, ..AskingTime::of(LONG) };
        assert_eq!(ask("exec sleep 30", LONG, &time), Err(AskError::TimedOut(SHORT)));
        assert!(answer_of(Command::new("/bin/true"), b"", LONG, &time).is_ok());
        let words = AskError::NoTimeLeft(Duration::from_secs(30)).to_string();
        assert_eq!(words, "is not started: other programs used up the 30 s that they share");
    }

    #[test]
    fn a_missing_program_has_the_systems_error() {
        let missing = Command::new("/nowhere/program");
        let error = answer_of(missing, b"", LONG, &AskingTime::new()).err().unwrap();
        assert_eq!(error.to_string(), "does not run: No such file or directory (os error 2)");
    }
}
