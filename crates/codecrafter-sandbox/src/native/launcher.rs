//! The host's side of a launcher: starts it, orders jails from it.

use std::io;
use std::os::fd::OwnedFd;

use codecrafter_jail::protocol::{Prepare, Privileges, Template};
use codecrafter_jail::{order, protocol};

use super::Workshop;
use super::cell::Cell;
use super::cgroup::Group;
use super::jail::{Jail, Remains};
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
        let mut cell = workshop.cells.take();
        let group = cell.as_mut().and_then(Cell::take_group);
        let group = group.map_or_else(|| workshop.cgroups.make(), Ok)?;
        match self.order_into(workshop, &group, cell) {
            Ok((ends, init, cell)) => {
                let remains = Remains {
                    init,
                    group,
                    cell,
                    control: None,
                };
                Jail::new(ends, remains, workshop.reaper.clone())
            }
            Err(error) => {
                group.remove();
                Err(error)
            }
        }
    }

    /// Into a cell that was used before, if there is one; else the jail makes what the next one may use.
    fn order_into(
        &self,
        workshop: &Workshop,
        group: &Group,
        given: Option<Cell>,
    ) -> io::Result<(order::Ends, OwnedFd, Option<Cell>)> {
        let (cgroup, tasks) = group.join()?;
        let (uid, cell, mut fds) = match (&given, workshop.privileges) {
            (Some(cell), _) => (cell.uid, protocol::Cell::Given, cell.namespaces()?),
            (None, Privileges::Root) => (workshop.uids.next(), protocol::Cell::Kept, Vec::new()),
            // Those of one launcher are not another one's to enter.
            (None, Privileges::Namespace) => (ROOT_OF_NAMESPACE, protocol::Cell::Own, Vec::new()),
        };
        fds.extend(tasks);
        let made = self.0.order(&Prepare { uid, cgroup, cell }, fds)?;
        let cell = match made.cell {
            Some(ends) => Some(Cell::new(uid, ends)?),
            None => given,
        };
        Ok((made.ends, made.init, cell))
    }
}
