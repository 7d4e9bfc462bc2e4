//! The host's side of a launcher: starts it, orders jails from it.

use std::io;

use codecrafter_jail::order;
use codecrafter_jail::protocol::{Prepare, Privileges, Template};

use super::Workshop;
use super::jail::Jail;
use crate::SandboxError;

/// The only user of a launcher's namespace.
const ROOT_OF_NAMESPACE: u32 = 0;

/// A running launcher. Dropping it ends it and with it every jail that it forked.
pub(super) struct Launcher(order::Launcher);

impl Launcher {
    /// Starts one whose jails all see what `template` names.
    pub(super) fn start(workshop: &Workshop, template: &Template) -> Result<Self, SandboxError> {
        let (launcher, said) = order::Launcher::start(&workshop.config.launcher, template)
            .map_err(|error| SandboxError::Internal(format!("cannot start a launcher: {error}")))?;
        said.map_err(|error| SandboxError::Spec(format!("cannot make the jail's files: {error}")))?;
        Ok(Self(launcher))
    }

    /// Makes one jail and waits until it is ready.
    pub(super) fn prepare(&self, workshop: &Workshop) -> Result<Jail, SandboxError> {
        self.order(workshop)
            .map_err(|error| SandboxError::Unavailable(format!("cannot make a jail: {error}")))
    }

    fn order(&self, workshop: &Workshop) -> io::Result<Jail> {
        let group = workshop.cgroups.make()?;
        let ordered = group.join().and_then(|(cgroup, fds)| {
            let uid = match workshop.privileges {
                Privileges::Root => workshop.uids.next(),
                Privileges::Namespace => ROOT_OF_NAMESPACE,
            };
            self.0.order(&Prepare { uid, cgroup }, fds)
        });
        match ordered {
            Ok((ends, init)) => Jail::new(ends, init, group, workshop.reaper.clone()),
            Err(error) => {
                group.remove();
                Err(error)
            }
        }
    }
}
