//! `codecrafter doctor`: what is present, which isolation is in force, what is missing and what to do.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use codecrafter_execution::Languages;
use codecrafter_mail::MailConfig;
use codecrafter_sandbox::{Isolation, Sandbox};
use serde::Serialize;

use crate::cli::DoctorArgs;
use crate::settings::Settings;
use crate::{engines, secrets, serve};

/// One line of the report.
#[derive(Debug, Serialize)]
struct Finding {
    part: &'static str,
    name: String,
    state: State,
    detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// As it should be.
    Ok,
    /// Works, with something missing.
    Missing,
    /// The platform does not work like this.
    Failed,
}

/// Looks at everything and prints it; fails if the platform would not work.
pub(crate) async fn doctor(settings: &Settings, args: &DoctorArgs) -> anyhow::Result<ExitCode> {
    let mut findings = vec![
        data_folder(&settings.data_dir),
        store(settings).await,
        queue(settings).await,
        bus(settings).await,
        mail(settings).await,
    ];
    match codecrafter_sandbox::open(&settings.sandbox).await {
        Ok(sandbox) => {
            findings.extend(isolation(sandbox.isolation()));
            match languages(settings, &sandbox).await {
                Ok(languages) => findings.extend(toolchains(&languages)),
                Err(error) => findings.push(finding("Languages", "definitions", State::Failed, format!("{error:#}"))),
            }
        }
        Err(error) => findings.push(finding("Isolation", "sandbox", State::Failed, error.to_string())),
    }
    let mut out = io::stdout().lock();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &findings)?;
        writeln!(out)?;
    } else {
        print(&mut out, &findings)?;
    }
    let failed = findings.iter().any(|finding| finding.state == State::Failed);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn finding(part: &'static str, name: impl Into<String>, state: State, detail: impl Into<String>) -> Finding {
    Finding {
        part,
        name: name.into(),
        state,
        detail: detail.into(),
    }
}

fn data_folder(path: &Path) -> Finding {
    let made = secrets::make_data_dir(path).and_then(|()| Ok(tempfile::tempfile_in(path)?));
    match made {
        Ok(_) => finding("Data", "folder", State::Ok, path.display().to_string()),
        Err(error) => {
            let detail = format!("{error:#}: give another one with --data-dir, or make it writable");
            finding("Data", "folder", State::Failed, detail)
        }
    }
}

async fn store(settings: &Settings) -> Finding {
    match codecrafter_store::open(&settings.store).await {
        Ok(_) => finding("Data", "store", State::Ok, settings.store.to_string()),
        Err(error) => finding("Data", "store", State::Failed, format!("{}: {error}", settings.store)),
    }
}

async fn queue(settings: &Settings) -> Finding {
    match codecrafter_queue::open(&settings.queue).await {
        Ok(_) => finding("Data", "queue", State::Ok, settings.queue.to_string()),
        Err(error) => finding("Data", "queue", State::Failed, error.to_string()),
    }
}

async fn bus(settings: &Settings) -> Finding {
    match codecrafter_bus::open(&settings.bus).await {
        Ok(_) => finding("Data", "bus", State::Ok, settings.bus.to_string()),
        Err(error) => finding("Data", "bus", State::Failed, format!("{}: {error}", settings.bus)),
    }
}

/// Where mails go. Those in the folder wait for whoever runs the server.
async fn mail(settings: &Settings) -> Finding {
    let checking = async {
        let url = settings
            .public_url
            .clone()
            .map_or_else(|| "http://localhost".parse(), Ok)?;
        Ok::<_, anyhow::Error>(serve::mailer(settings, &url)?.check().await?)
    };
    let place = settings.mail.to_string();
    match (checking.await, &settings.mail) {
        (Ok(()), MailConfig::Smtp(_)) => finding("Mail", "server", State::Ok, place),
        (Ok(()), MailConfig::Folder { path }) => {
            let detail = format!("no mail server is set: mails are kept in {}", path.display());
            finding("Mail", "folder", State::Ok, detail)
        }
        (Err(error), _) => finding("Mail", "server", State::Failed, format!("{place}: {error:#}")),
    }
}

fn isolation(isolation: Isolation) -> Vec<Finding> {
    let mut findings = vec![finding("Isolation", "sandbox", State::Ok, isolation.name)];
    findings.extend(isolation.properties.into_iter().map(|property| {
        let state = if property.in_force { State::Ok } else { State::Missing };
        finding("Isolation", property.name, state, property.detail)
    }));
    findings
}

async fn languages(settings: &Settings, sandbox: &Arc<dyn Sandbox>) -> anyhow::Result<Languages> {
    engines::languages(settings, sandbox, engines::definitions(settings)?).await
}

fn toolchains(languages: &Languages) -> Vec<Finding> {
    let mut findings = Vec::new();
    for language in languages.installed() {
        let definition = &language.definition;
        let prepared = match language.prepared() {
            None => String::new(),
            Some(folder) if language.is_prepared() => format!("; prepared in {}", folder.display()),
            Some(_) => "; will be prepared at the first start".to_owned(),
        };
        let detail = format!("{}{prepared}", language.version);
        findings.push(finding("Languages", definition.name.clone(), State::Ok, detail));
    }
    for missing in languages.missing() {
        let detail = format!("{}; {}", missing.reason, missing.install);
        findings.push(finding("Languages", missing.name.clone(), State::Missing, detail));
    }
    if languages.installed().is_empty() {
        findings.push(finding(
            "Languages",
            "any",
            State::Failed,
            "no program can be run: install at least one",
        ));
    }
    findings
}

fn print(out: &mut impl io::Write, findings: &[Finding]) -> io::Result<()> {
    let width = findings
        .iter()
        .map(|finding| finding.name.chars().count())
        .max()
        .unwrap_or(0);
    let mut part = "";
    for finding in findings {
        if finding.part != part {
            part = finding.part;
            writeln!(out, "{part}")?;
        }
        let mark = match finding.state {
            State::Ok => "ok     ",
            State::Missing => "missing",
            State::Failed => "FAILED ",
        };
        writeln!(out, "  {mark}  {:width$}  {}", finding.name, finding.detail)?;
    }
    let count = |state| findings.iter().filter(|finding| finding.state == state).count();
    match (count(State::Failed), count(State::Missing)) {
        (0, 0) => writeln!(out, "All is well."),
        (0, missing) => writeln!(out, "Works; {missing} missing."),
        (failed, _) => writeln!(out, "Does not work: {failed} failed."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_groups_and_counts() {
        let findings = [
            finding("Data", "folder", State::Ok, "/x"),
            finding("Languages", "C", State::Ok, "12"),
            finding("Languages", "Java", State::Missing, "no javac; install a JDK"),
        ];
        let mut out = Vec::new();
        print(&mut out, &findings).expect("written");
        let text = String::from_utf8(out).expect("text");
        assert_eq!(text.matches("Languages").count(), 1);
        assert!(text.ends_with("Works; 1 missing.\n"), "{text}");
    }
}
