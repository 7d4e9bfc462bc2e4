//! The programs in `hostile/`, each a test, through the real path and against every sandbox there is: submit, queue,
//! worker, sandbox, SQLite, bus. After each one the machine is as it was before; see `hostile/README.md`.

#![expect(clippy::print_stdout, reason = "a test harness prints what it found")]

mod attack;
mod census;
mod expectation;
#[path = "../executions/fixture.rs"]
#[expect(dead_code, reason = "the other suite uses more of it")]
mod fixture;
mod ground;
mod header;
mod host;
mod suite;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};

use crate::attack::Attack;
use crate::ground::Ground;

/// Every sandbox, as the setting `sandbox` names it. The group tells this suite's jails from all others. The Docker
/// daemon is `script/engines/docker`'s, which runs the suite once more, for it alone.
fn sandboxes() -> Vec<String> {
    let docker = std::env::var("CODECRAFTER_TEST_DOCKER");
    vec![docker.unwrap_or_else(|_| format!("native:?cgroup={}", census::group()))]
}

/// The languages that there are in the sandbox, where not all.
fn languages() -> Option<Vec<String>> {
    let languages = std::env::var("CODECRAFTER_TEST_DOCKER_LANGUAGES").ok()?;
    Some(languages.split(' ').map(str::to_owned).collect())
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(codecrafter_jail::ARGUMENT) {
        return codecrafter_jail::main();
    }
    let mut arguments = Arguments::from_args();
    // What one leaves behind must not be taken for another's.
    arguments.test_threads = Some(1);
    let attacks: Vec<Arc<Attack>> = match suite::read() {
        Ok(attacks) => attacks.into_iter().map(Arc::new).collect(),
        Err(error) => {
            eprintln!("hostile: {error}");
            return ExitCode::FAILURE;
        }
    };
    let grounds: Vec<Arc<Ground>> = sandboxes().into_iter().map(|url| Arc::new(Ground::new(url))).collect();
    let trials = grounds
        .iter()
        .flat_map(|ground| attacks.iter().map(|attack| trial(ground, attack)));
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    let left = if arguments.list { Ok(()) } else { leave(grounds) };
    println!("{} cases: {}", attacks.len(), count(&attacks));
    match left {
        Ok(()) => conclusion.exit_code(),
        Err(left) => {
            eprintln!("left behind in the end: {left}");
            ExitCode::FAILURE
        }
    }
}

fn trial(ground: &Arc<Ground>, attack: &Arc<Attack>) -> Trial {
    let name = format!("{}/{}", ground.scheme(), attack.name);
    let (ground, attack) = (Arc::clone(ground), Arc::clone(attack));
    let lacks =
        languages().is_some_and(|languages| !attack.languages().all(|each| languages.iter().any(|one| one == each)));
    Trial::test(name, move || ground.suffer(&attack).map_err(Failed::from)).with_ignored_flag(lacks)
}

/// Closes the platforms; then nothing at all may be left of them.
fn leave(grounds: Vec<Arc<Ground>>) -> Result<(), String> {
    for ground in grounds {
        let times = ground.describe_times();
        println!("{}: {times}", ground.scheme());
        if let Some(ground) = Arc::into_inner(ground) {
            ground.close()?;
        }
    }
    Ok(())
}

fn count(attacks: &[Arc<Attack>]) -> String {
    let mut classes = BTreeMap::<&str, usize>::new();
    for attack in attacks {
        *classes.entry(attack.class()).or_default() += 1;
    }
    let counts: Vec<String> = classes
        .iter()
        .map(|(class, count)| format!("{class} {count}"))
        .collect();
    counts.join(", ")
}
