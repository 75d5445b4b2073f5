//! A program to measure, with its arguments, variables and input.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// One row of the table.
pub struct Row {
    pub name: &'static str,
    pub program: PathBuf,
    pub action: Option<&'static str>,
    pub variables: BTreeMap<&'static str, String>,
    pub input: &'static str,
    /// One time for each round.
    pub times: Vec<Duration>,
}

impl Row {
    /// Runs the program once, and notes its time.
    pub fn measure(&mut self) {
        let start = Instant::now();
        self.start(self.command()).wait().unwrap();
        self.times.push(start.elapsed());
    }

    fn words(&self) -> impl Iterator<Item = &Path> {
        [self.program.as_path()].into_iter().chain(self.action.map(Path::new))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(self.action).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Starts a command with the row's variables and input. The input is there before the program
    /// starts: otherwise, programs that read it would also wait for this one.
    fn start(&self, mut command: Command) -> Child {
        let (input, mut writer) = std::io::pipe().unwrap();
        writer.write_all(self.input.as_bytes()).unwrap();
        drop(writer);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(&self.variables).stdin(input).spawn().unwrap()
    }

    /// The number of instructions, counted by callgrind if it is installed. `None` if the program
    /// ends differently then: deadlines pass, and valgrind cannot run every Go program.
    pub fn instructions(&self) -> Option<u64> {
        let mut command = Command::new(which("valgrind")?);
        command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).args(self.words());
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let output = self.start(command).wait_with_output().ok()?;
        if output.status != self.start(self.command()).wait().ok()? {
            return None;
        }
        let report = String::from_utf8_lossy(&output.stderr).into_owned();
        let (_, count) = report.split_once("Collected :")?;
        count.split_whitespace().next()?.parse().ok()
    }

    /// The number of minor page faults: the median of a few runs.
    pub fn faults(&self) -> Option<u64> {
        let mut counts = (0..11).map(|_| self.faults_of_one_run()).collect::<Option<Vec<_>>>()?;
        counts.sort_unstable();
        counts.get(counts.len() / 2).copied()
    }

    /// Reads the count (`proc_pid_stat(5)`) between the program's end and the call that removes it.
    fn faults_of_one_run(&self) -> Option<u64> {
        let mut child = self.start(self.command());
        let stat = PathBuf::from(format!("/proc/{}/stat", child.id()));
        let count = loop {
            // Other systems have no such file.
            let Ok(text) = fs::read_to_string(&stat) else { break None };
            // The fields after the program's name, which may contain spaces.
            let (_, fields) = text.rsplit_once(") ").unwrap();
            let fields: Vec<_> = fields.split(' ').collect();
            if fields[0] == "Z" {
                break fields[7].parse().ok();
            }
            std::thread::sleep(Duration::from_micros(200));
        };
        child.wait().unwrap();
        count
    }
}

pub fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|path| path.is_file())
}
