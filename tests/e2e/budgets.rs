//! What a `get`, `install --dry-run` and `doctor --offline` may cost. Instructions and system calls vary
//! by a tenth of a percent, whatever else the machine does. Times vary far more, so `benches/` reports them.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use crate::stage::{self, FR, KEY, Stage, answer_with, both, run};
use crate::{Scenario, kubelet_model};

pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "budgets_of_get",
        needs: &[stage::RELEASE_BUILD, "valgrind", "strace", "ldd", "prlimit", "/usr/bin/time"],
        play: budgets,
    },
    Scenario {
        name: "budgets_of_install_and_doctor",
        needs: &[stage::RELEASE_BUILD, "valgrind", "strace"],
        play: budgets_of_commands,
    },
];

struct Budget {
    instructions: u64,
    system_calls: u64,
    /// Page faults without reading from a disk. They vary by a tenth with the addresses that the
    /// system chooses; 132 was the most.
    faults: u64,
    /// Private writable memory, in KiB.
    private_memory: u64,
}

const FROM_ENVIRONMENT: Budget =
    Budget { instructions: 440_000, system_calls: 62, faults: 138, private_memory: 300 };
const FROM_FILE: Budget =
    Budget { instructions: 491_000, system_calls: 70, faults: 138, private_memory: 300 };
/// The kubelet asks at every start of a pod: its answer may cost a tenth more than that to Docker.
const fn for_kubelet(budget: &Budget) -> Budget {
    Budget {
        instructions: budget.instructions + budget.instructions / 10,
        system_calls: budget.system_calls + budget.system_calls / 10,
        faults: budget.faults + budget.faults / 10,
        private_memory: budget.private_memory,
    }
}
const PROGRAM_SIZE: u64 = 4_000_000;
/// A static program includes its C library.
const C_LIBRARY_SIZE: u64 = 250_000;

fn budgets(stage: &Stage) {
    let question = kubelet_model::request("rg.fr-par.scw.cloud/ns/app");
    let get = ("get", FR);
    let kubelet = ("kubelet-credential-provider", question.as_str());
    check(stage, get, "environment", Some(KEY), &FROM_ENVIRONMENT);
    check(stage, kubelet, "environment", Some(KEY), &for_kubelet(&FROM_ENVIRONMENT));
    let config = include_str!("../../benches/config.yaml").replace("SECRET_KEY", KEY);
    assert_eq!(config.lines().count(), 70);
    stage.scaleway_config(&config);
    check(stage, get, "file", None, &FROM_FILE);
    check(stage, kubelet, "file", None, &for_kubelet(&FROM_FILE));

    let library = if stage::is_static(&stage.program) { C_LIBRARY_SIZE } else { 0 };
    let size = fs::metadata(&stage.program).unwrap().len();
    assert!(size <= PROGRAM_SIZE + library, "{size} bytes");
    let libraries = Command::new("ldd").arg(&stage.program).output().unwrap();
    for line in String::from_utf8(libraries.stdout).unwrap().lines() {
        let known = ["linux-vdso", "libgcc_s.so", "libc.so", "ld-linux", "statically linked"];
        assert!(known.iter().any(|library| line.contains(library)), "{line}");
    }
}

/// What a command may cost if PATH has one client and the helper, which is registered for three registries.
struct CommandBudget {
    arguments: &'static str,
    /// If the installed program is the very file that runs.
    instructions: u64,
    /// How many more if it is a copy, which is compared.
    instructions_to_compare: u64,
    /// Programs that are started, including this one.
    programs: usize,
}

const INSTALL: CommandBudget = CommandBudget {
    arguments: "install --dry-run --path DIRECTORY",
    instructions: 6_860_000,
    instructions_to_compare: 2_220_000,
    programs: 1,
};
/// The versions of the client and of the helper, and the helper's answers.
const DOCTOR: CommandBudget = CommandBudget {
    arguments: "doctor --offline",
    instructions: 9_400_000,
    instructions_to_compare: 1_450_000,
    programs: 1 + 2 + 3,
};

fn budgets_of_commands(stage: &Stage) {
    stage.scaleway_config(&format!("secret_key: {KEY}\n"));
    let hosts = ["rg.fr-par.scw.cloud", "rg.nl-ams.scw.cloud", "rg.pl-waw.scw.cloud"];
    stage.register(&hosts.map(|host| (host, "scw")));
    let directory = stage.home().join("programs");
    fs::create_dir(&directory).unwrap();
    let client = directory.join("docker");
    fs::write(&client, "#!/bin/sh\necho Docker version 1\n").unwrap();
    fs::set_permissions(&client, Permissions::from_mode(0o755)).unwrap();
    let program = directory.join("docker-credential-scw");
    for budget in [INSTALL, DOCTOR] {
        symlink(&stage.built, &program).unwrap();
        check_command(stage, &budget, &directory, budget.instructions);
        fs::remove_file(&program).unwrap();
        fs::copy(&stage.built, &program).unwrap();
        // glibc compares with vector instructions.
        let times = if stage::is_static(&stage.built) { 4 } else { 1 };
        let instructions = budget.instructions + times * budget.instructions_to_compare;
        check_command(stage, &budget, &directory, instructions);
        fs::remove_file(&program).unwrap();
    }
}

fn check_command(stage: &Stage, budget: &CommandBudget, directory: &Path, instructions: u64) {
    let (program, directory) = (stage.built.display().to_string(), directory.display().to_string());
    let arguments = budget.arguments.replace("DIRECTORY", &directory);
    let path = format!("PATH={directory}");
    let measure = |tool: &[&str]| {
        let [name, options @ ..] = tool else { panic!("no tool") };
        let tool = stage::all_on_path(name).remove(0).display().to_string();
        let words = [&["env", &*path, &*tool], options, &[&*program]].concat();
        let words: Vec<_> = words.into_iter().chain(arguments.split(' ')).collect();
        let output = run(stage.command(&words, None), "");
        assert!(output.status.success(), "{}", both(&output));
        String::from_utf8(output.stderr).unwrap()
    };
    let report = measure(&["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let found = number_after(&report, "Collected :");
    let report = measure(&["strace", "-f", "-qq", "-e", "trace=execve", "-e", "status=successful"]);
    let programs = report.matches("execve(").count();
    println!("{arguments}: {found} instructions, {programs} programs");
    assert!(found <= instructions, "{arguments}: {found} instructions");
    assert_eq!(programs, budget.programs, "{report}");
}

fn check(
    stage: &Stage,
    (action, request): (&str, &str),
    source: &str,
    key: Option<&str>,
    budget: &Budget,
) {
    let program = stage.built.display().to_string();
    let answer = match action {
        "get" => answer_with(FR, KEY),
        _ => format!(
            "{{\"apiVersion\":\"credentialprovider.kubelet.k8s.io/v1\",\
             \"kind\":\"CredentialProviderResponse\",\"cacheKeyType\":\"Registry\",\
             \"cacheDuration\":\"5m0s\",\
             \"auth\":{{\"{FR}\":{{\"username\":\"nologin\",\"password\":\"{KEY}\"}}}}}}\n"
        ),
    };
    let measure = |tool: &[&str]| {
        let words = [tool, &[&program, action]].concat();
        let output = run(stage.command(&words, key), request);
        assert!(output.status.success(), "{}", both(&output));
        assert_eq!(String::from_utf8(output.stdout).unwrap(), answer);
        String::from_utf8(output.stderr).unwrap()
    };
    let report = measure(&["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let instructions = number_after(&report, "Collected :");
    let report = measure(&["strace", "-f", "-c", "-U", "calls,name"]);
    let total = report.lines().find(|line| line.trim_end().ends_with("total")).unwrap();
    let system_calls = number_after(total, "");
    // The memory that a `get` takes from the machine is its private memory, and the system enforces
    // that limit. The resident size is only reported. Nearly all of it is the page cache of the
    // program and of libc, which all processes share, in windows of 64 KiB around each function
    // that runs. It depends on the order in which the linker places functions.
    let limit = format!("--data={}", budget.private_memory * 1024);
    measure(&["prlimit", &limit]);
    let report = measure(&["/usr/bin/time", "-f", "peak %M faults %R"]);
    let resident = number_after(&report, "peak");
    let faults = number_after(&report, "faults");
    println!(
        "{action}, {source}: {instructions} instructions, {system_calls} calls, {faults} faults, \
         {resident} kB resident"
    );
    assert!(instructions <= budget.instructions, "{action}, {source}: {instructions} instructions");
    assert!(system_calls <= budget.system_calls, "{action}, {source}: {system_calls} system calls");
    assert!(faults <= budget.faults, "{action}, {source}: {faults} page faults");
}

pub fn number_after(text: &str, words: &str) -> u64 {
    let (_, rest) = text.split_once(words).unwrap_or_else(|| panic!("no {words:?} in {text}"));
    rest.split_whitespace().next().unwrap().parse().unwrap()
}
