//! System calls that no program gets.
//!
//! A list of what is refused, not of what is allowed: toolchains of seven languages use nearly all that a process
//! without capabilities, network and foreign processes can use. What is listed has been a way into the kernel, reaches
//! beyond the jail, or makes namespaces in which the program would have capabilities again.

mod table;

use std::io;

use crate::protocol::Privileges;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, sock_filter,
};
use table::{
    ALLOWED_FAMILIES, ALLOWED_PAIRS, ALLOWED_PERSONALITIES, ALLOWED_PROTOCOLS, BUILDING, CORE_LIMIT, LAST_KNOWN,
    NAMESPACE_FLAGS, REFUSED, SET_FILTER, SOCKET_PROGRAMS, TERMINAL_REQUESTS, WATCH_FOLDER,
};

/// What a program gets: compiled once per launcher, each jail inherits the bytes.
///
/// The kernel translates and compiles a filter each time that it is applied, which takes longer than a fork. So the long one
/// holds from the launcher on, and only what jails are made with is refused later, by a short one.
pub(crate) struct Filters([BpfProgram; 2]);

impl Filters {
    /// Compiles for this machine; fails where the architecture is not supported.
    pub(crate) fn compile() -> io::Result<Self> {
        // The first to be applied still allows the second.
        Ok(Self([unknown(), building().map_err(io::Error::other)?]))
    }

    /// From here on for this process and all that it starts. `no_new_privs` must be set.
    pub(crate) fn apply(&self) -> io::Result<()> {
        self.0.iter().try_for_each(apply)
    }
}

/// The long one, from here on for this process and all that it starts: what a launcher and its jails do not need either.
pub(crate) fn confine_launcher(privileges: Privileges) -> io::Result<()> {
    apply(&refused(privileges).map_err(io::Error::other)?)
}

fn apply(program: &BpfProgram) -> io::Result<()> {
    seccompiler::apply_filter(program).map_err(io::Error::other)
}

type Rules = std::collections::BTreeMap<i64, Vec<SeccompRule>>;

fn always(calls: &[i64]) -> Rules {
    calls.iter().map(|&call| (call, Vec::new())).collect()
}

/// EPERM for these; a system call of another architecture (32 bits) kills the process.
fn refuse(rules: Rules) -> Result<BpfProgram, seccompiler::BackendError> {
    let errno = libc::EPERM.cast_unsigned();
    SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::Errno(errno),
        TargetArch::try_from(std::env::consts::ARCH)?,
    )?
    .try_into()
}

/// What makes a jail.
fn building() -> Result<BpfProgram, seccompiler::BackendError> {
    let mut rules = always(&BUILDING);
    rules.insert(libc::SYS_clone, namespace_rules()?);
    rules.insert(libc::SYS_prctl, vec![rule(0, Op::Eq, SET_FILTER)?]);
    refuse(rules)
}

fn refused(privileges: Privileges) -> Result<BpfProgram, seccompiler::BackendError> {
    let mut rules = always(REFUSED);
    rules.insert(
        libc::SYS_socket,
        vec![none_of(0, &ALLOWED_FAMILIES)?, none_of(2, &ALLOWED_PROTOCOLS)?],
    );
    rules.insert(libc::SYS_socketpair, vec![none_of(0, &ALLOWED_PAIRS)?]);
    rules.insert(libc::SYS_setsockopt, socket_program_rules()?);
    rules.insert(libc::SYS_setrlimit, vec![rule(0, Op::Eq, CORE_LIMIT)?]);
    rules.insert(libc::SYS_fcntl, vec![rule(1, Op::Eq, WATCH_FOLDER)?]);
    let mut limiting = vec![sets_core_limit()?];
    if privileges == Privileges::Namespace {
        limiting.push(sets_limit_of_another()?);
    }
    rules.insert(libc::SYS_prlimit64, limiting);
    rules.insert(libc::SYS_personality, vec![none_of(0, &ALLOWED_PERSONALITIES)?]);
    rules.insert(
        libc::SYS_ioctl,
        TERMINAL_REQUESTS
            .iter()
            .map(|&request| rule(1, Op::Eq, request))
            .collect::<Result<_, _>>()?,
    );
    refuse(rules)
}

fn namespace_rules() -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    NAMESPACE_FLAGS
        .iter()
        .map(|&flag| rule(0, Op::MaskedEq(flag), flag))
        .collect()
}

fn socket_program_rules() -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    let refuse = |option: &u64| {
        SeccompRule::new(vec![
            SeccompCondition::new(1, Len::Dword, Op::Eq, libc::SOL_SOCKET as u64)?,
            SeccompCondition::new(2, Len::Dword, Op::Eq, *option)?,
        ])
    };
    SOCKET_PROGRAMS.iter().map(refuse).collect()
}

fn rule(argument: u8, op: Op, value: u64) -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(vec![SeccompCondition::new(argument, Len::Dword, op, value)?])
}

/// `prlimit64` with a new value; without one it only asks.
fn sets_core_limit() -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(vec![
        SeccompCondition::new(1, Len::Dword, Op::Eq, CORE_LIMIT)?,
        SeccompCondition::new(2, Len::Qword, Op::Ne, 0)?,
    ])
}

/// `prlimit64` with a new value for a process by its number: where the jail's init is the same user, for that as well.
fn sets_limit_of_another() -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(vec![
        SeccompCondition::new(0, Len::Dword, Op::Ne, 0)?,
        SeccompCondition::new(2, Len::Qword, Op::Ne, 0)?,
    ])
}

fn none_of(argument: u8, values: &[u64]) -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(
        values
            .iter()
            .map(|&value| SeccompCondition::new(argument, Len::Dword, Op::Ne, value))
            .collect::<Result<_, _>>()?,
    )
}

/// ENOSYS, so that callers fall back: `clone3`, whose flags a filter cannot see, and every call that is newer than the
/// table, the x32 calls (from `0x4000_0000` on) included.
fn unknown() -> BpfProgram {
    /// Where `seccomp_data` has the call's number.
    const NUMBER: u32 = 0;
    let statement = |code: u32, k: u32, jt: u8, jf: u8| sock_filter {
        code: u16::try_from(code).expect("BPF codes have 16 bits"),
        jt,
        jf,
        k,
    };
    let clone3 = u32::try_from(libc::SYS_clone3).expect("system call numbers are small");
    vec![
        statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, NUMBER, 0, 0),
        statement(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, clone3, 1, 0),
        statement(libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K, LAST_KNOWN, 0, 1),
        statement(
            libc::BPF_RET | libc::BPF_K,
            libc::SECCOMP_RET_ERRNO | libc::ENOSYS.cast_unsigned(),
            0,
            0,
        ),
        statement(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ALLOW, 0, 0),
    ]
}
