//! A store that fails when it is told to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use codecrafter_domain::account::{Device, Login, Preferences, PreferencesPatch};
use codecrafter_domain::admin::{Account, AccountUsage, Node, Quota};
use codecrafter_domain::api_key::ApiKey;
use codecrafter_domain::audit::AuditEntry;
use codecrafter_domain::chat::{ChatMessage, Notes, Unread};
use codecrafter_domain::execution::{Execution, ExecutionHead, ExecutionRequest, ExecutionResult, Priority, Status};
use codecrafter_domain::id::{ApiKeyId, ExecutionId, InviteId, LoginId, MessageId, SessionId, SnapshotId, UserId};
use codecrafter_domain::identity::Identity;
use codecrafter_domain::permission::Role;
use codecrafter_domain::second_factor::SecondFactors;
use codecrafter_domain::session::{Ban, Invite, Participant, Session, Waiting};
use codecrafter_domain::snapshot::{FileText, Snapshot};
use codecrafter_domain::user::User;
use codecrafter_store::second_factors::{NewChallenge, StoredTotp};
use codecrafter_store::types::{
    AccountFilter, Added, Admission, AnyExecutionFilter, AnySessionFilter, AuditFilter, Callback, Claimed, Confirmed,
    Connected, Creation, DeadExecution, DocumentRows, Farewell, HistoryStart, Join, KeyHolder, LinkPurpose, NewApiKey,
    NewBan, NewExecution, NewLink, NewLogin, NewMessage, NewSnapshot, NewUpdate, Page, PageRequest, Rotation,
    SessionFilter, SessionPatch, SessionScope, StoredUpdate, TokenHash, UserPatch,
};
use codecrafter_store::{
    AccountStore, AdminStore, ApiKeyStore, AuditStore, CallbackStore, DeadLetterStore, DocumentStore, DoorStore,
    ExecutionStore, IdentityStore, LoginStore, MessageStore, NodeStore, NoteStore, Result, SecondFactorStore,
    SessionStore, SnapshotStore, Store, StoreError, UserStore,
};
use tokio::sync::watch;

/// What the store does instead of working.
pub struct Faults {
    pub appends_fail: AtomicBool,
    pub loads_fail: AtomicBool,
    pub loads: AtomicUsize,
    /// While `false`, appends wait.
    pub appends: watch::Sender<bool>,
    /// While `false`, loads wait.
    pub opens: watch::Sender<bool>,
}

impl Faults {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            appends_fail: AtomicBool::new(false),
            loads_fail: AtomicBool::new(false),
            loads: AtomicUsize::new(0),
            appends: watch::channel(true).0,
            opens: watch::channel(true).0,
        })
    }

    pub fn fail_appends(&self, fail: bool) {
        self.appends_fail.store(fail, Ordering::SeqCst);
    }
}

pub struct Faulty {
    pub inner: Arc<dyn Store>,
    pub faults: Arc<Faults>,
}

async fn pass(gate: &watch::Sender<bool>, fail: &AtomicBool) -> Result<()> {
    gate.subscribe()
        .wait_for(|is_open| *is_open)
        .await
        .expect("the gate is there");
    if fail.load(Ordering::SeqCst) {
        Err(StoreError::Unavailable("told to fail".into()))
    } else {
        Ok(())
    }
}

#[async_trait]
impl DocumentStore for Faulty {
    async fn append_updates(&self, session: SessionId, updates: &[NewUpdate]) -> Result<()> {
        pass(&self.faults.appends, &self.faults.appends_fail).await?;
        self.inner.append_updates(session, updates).await
    }

    async fn load_document(&self, session: SessionId) -> Result<DocumentRows> {
        self.faults.loads.fetch_add(1, Ordering::SeqCst);
        pass(&self.faults.opens, &self.faults.loads_fail).await?;
        self.inner.load_document(session).await
    }

    async fn compact(&self, session: SessionId, base: &[u8], base_version: u64, folded: &[u64]) -> Result<()> {
        self.inner.compact(session, base, base_version, folded).await
    }

    async fn updates_after(&self, session: SessionId, seq: u64, limit: u64) -> Result<Vec<StoredUpdate>> {
        self.inner.updates_after(session, seq, limit).await
    }

    async fn history_start(&self, session: SessionId) -> Result<Option<HistoryStart>> {
        self.inner.history_start(session).await
    }

    async fn purge_history(&self, session: SessionId) -> Result<u64> {
        self.inner.purge_history(session).await
    }
}

#[async_trait]
impl SnapshotStore for Faulty {
    async fn create_snapshot(&self, new: &NewSnapshot) -> Result<Option<Snapshot>> {
        self.inner.create_snapshot(new).await
    }

    async fn snapshots(&self, session: SessionId, page: &PageRequest) -> Result<Page<Snapshot>> {
        self.inner.snapshots(session, page).await
    }

    async fn snapshot(&self, session: SessionId, id: SnapshotId) -> Result<(Snapshot, Vec<FileText>)> {
        self.inner.snapshot(session, id).await
    }

    async fn name_snapshot(&self, session: SessionId, id: SnapshotId, name: &str, most: u64) -> Result<Snapshot> {
        self.inner.name_snapshot(session, id, name, most).await
    }

    async fn delete_snapshot(&self, session: SessionId, id: SnapshotId) -> Result<bool> {
        self.inner.delete_snapshot(session, id).await
    }

    async fn delete_automatic_snapshots(&self, session: SessionId) -> Result<u64> {
        self.inner.delete_automatic_snapshots(session).await
    }
}

#[async_trait]
impl UserStore for Faulty {
    async fn create_user(&self, user: &User, password_hash: &str) -> Result<()> {
        self.inner.create_user(user, password_hash).await
    }

    async fn user(&self, id: UserId) -> Result<User> {
        self.inner.user(id).await
    }

    async fn user_by_login(&self, login: &str) -> Result<(User, String)> {
        self.inner.user_by_login(login).await
    }

    async fn update_user(&self, id: UserId, patch: &UserPatch) -> Result<User> {
        self.inner.update_user(id, patch).await
    }

    async fn deactivate(&self, id: UserId, now: DateTime<Utc>) -> Result<bool> {
        self.inner.deactivate(id, now).await
    }

    async fn activate(&self, id: UserId) -> Result<bool> {
        self.inner.activate(id).await
    }
}

#[async_trait]
impl LoginStore for Faulty {
    async fn create_login(&self, new: &NewLogin) -> Result<()> {
        self.inner.create_login(new).await
    }

    async fn rotate(
        &self,
        old: &TokenHash,
        new: &TokenHash,
        device: &Device,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Result<Rotation> {
        self.inner.rotate(old, new, device, now, expires_at).await
    }

    async fn end_login(&self, token: &TokenHash) -> Result<Option<(UserId, LoginId)>> {
        self.inner.end_login(token).await
    }

    async fn end_login_of(&self, user: UserId, id: LoginId) -> Result<bool> {
        self.inner.end_login_of(user, id).await
    }

    async fn end_logins(&self, user: UserId, keep: Option<LoginId>) -> Result<u64> {
        self.inner.end_logins(user, keep).await
    }

    async fn logins(&self, user: UserId, now: DateTime<Utc>) -> Result<Vec<Login>> {
        self.inner.logins(user, now).await
    }

    async fn login_user(&self, id: LoginId, now: DateTime<Utc>) -> Result<Option<User>> {
        self.inner.login_user(id, now).await
    }

    async fn login_is_live(&self, id: LoginId, now: DateTime<Utc>) -> Result<bool> {
        self.inner.login_is_live(id, now).await
    }
}

#[async_trait]
impl ApiKeyStore for Faulty {
    async fn create_api_key(&self, new: &NewApiKey, most: u64) -> Result<()> {
        self.inner.create_api_key(new, most).await
    }

    async fn api_keys(&self, user: UserId) -> Result<Vec<ApiKey>> {
        self.inner.api_keys(user).await
    }

    async fn delete_api_key(&self, user: UserId, id: ApiKeyId) -> Result<bool> {
        self.inner.delete_api_key(user, id).await
    }

    async fn api_key_holder(&self, id: ApiKeyId, now: DateTime<Utc>) -> Result<Option<KeyHolder>> {
        self.inner.api_key_holder(id, now).await
    }

    async fn note_api_keys_used(&self, used: &[(ApiKeyId, DateTime<Utc>)]) -> Result<()> {
        self.inner.note_api_keys_used(used).await
    }
}

#[async_trait]
impl SecondFactorStore for Faulty {
    async fn second_factors(&self, user: UserId) -> Result<SecondFactors> {
        self.inner.second_factors(user).await
    }

    async fn begin_totp(&self, user: UserId, secret: &[u8], now: DateTime<Utc>) -> Result<()> {
        self.inner.begin_totp(user, secret, now).await
    }

    async fn totp(&self, user: UserId) -> Result<Option<StoredTotp>> {
        self.inner.totp(user).await
    }

    async fn confirm_totp(
        &self,
        user: UserId,
        secret: &[u8],
        step: u64,
        codes: &[TokenHash],
        now: DateTime<Utc>,
    ) -> Result<bool> {
        self.inner.confirm_totp(user, secret, step, codes, now).await
    }

    async fn spend_totp(&self, user: UserId, step: u64) -> Result<bool> {
        self.inner.spend_totp(user, step).await
    }

    async fn remove_totp(&self, user: UserId) -> Result<bool> {
        self.inner.remove_totp(user).await
    }

    async fn spend_recovery_code(&self, user: UserId, code: &TokenHash) -> Result<bool> {
        self.inner.spend_recovery_code(user, code).await
    }

    async fn replace_recovery_codes(&self, user: UserId, codes: &[TokenHash]) -> Result<()> {
        self.inner.replace_recovery_codes(user, codes).await
    }

    async fn reset_second_factors(&self, user: UserId) -> Result<bool> {
        self.inner.reset_second_factors(user).await
    }

    async fn create_challenge(&self, new: &NewChallenge) -> Result<()> {
        self.inner.create_challenge(new).await
    }

    async fn try_challenge(&self, token: &TokenHash, most: u32, now: DateTime<Utc>) -> Result<Option<UserId>> {
        self.inner.try_challenge(token, most, now).await
    }

    async fn end_challenge(&self, token: &TokenHash) -> Result<bool> {
        self.inner.end_challenge(token).await
    }
}

#[async_trait]
impl AccountStore for Faulty {
    async fn password_hash(&self, id: UserId) -> Result<String> {
        self.inner.password_hash(id).await
    }

    async fn set_password(&self, id: UserId, hash: &str, keep: Option<LoginId>) -> Result<u64> {
        self.inner.set_password(id, hash, keep).await
    }

    async fn add_link(&self, new: &NewLink) -> Result<()> {
        self.inner.add_link(new).await
    }

    async fn link_user(&self, token: &TokenHash, purpose: LinkPurpose, now: DateTime<Utc>) -> Result<Option<User>> {
        self.inner.link_user(token, purpose, now).await
    }

    async fn reset_password(&self, token: &TokenHash, hash: &str, now: DateTime<Utc>) -> Result<Option<UserId>> {
        self.inner.reset_password(token, hash, now).await
    }

    async fn set_pending_email(&self, id: UserId, email: Option<&str>) -> Result<User> {
        self.inner.set_pending_email(id, email).await
    }

    async fn confirm_email(&self, token: &TokenHash, now: DateTime<Utc>) -> Result<Option<Confirmed>> {
        self.inner.confirm_email(token, now).await
    }

    async fn preferences(&self, id: UserId) -> Result<Preferences> {
        self.inner.preferences(id).await
    }

    async fn patch_preferences(&self, id: UserId, patch: &PreferencesPatch) -> Result<Preferences> {
        self.inner.patch_preferences(id, patch).await
    }

    async fn delete_account(&self, id: UserId, now: DateTime<Utc>) -> Result<Farewell> {
        self.inner.delete_account(id, now).await
    }
}

#[async_trait]
impl SessionStore for Faulty {
    async fn create_session(&self, session: &Session) -> Result<()> {
        self.inner.create_session(session).await
    }

    async fn session(&self, id: SessionId) -> Result<Session> {
        self.inner.session(id).await
    }

    async fn sessions(&self, scope: SessionScope, filter: &SessionFilter, page: &PageRequest) -> Result<Page<Session>> {
        self.inner.sessions(scope, filter, page).await
    }

    async fn update_session(&self, id: SessionId, patch: &SessionPatch) -> Result<Session> {
        self.inner.update_session(id, patch).await
    }

    async fn delete_session(&self, id: SessionId) -> Result<()> {
        self.inner.delete_session(id).await
    }

    async fn restore_session(&self, id: SessionId, owner: UserId, since: DateTime<Utc>) -> Result<Session> {
        self.inner.restore_session(id, owner, since).await
    }

    async fn purge_sessions(&self, deleted_before: DateTime<Utc>, limit: u64) -> Result<u64> {
        self.inner.purge_sessions(deleted_before, limit).await
    }

    async fn hand_over(&self, id: SessionId, from: UserId, to: UserId) -> Result<Session> {
        self.inner.hand_over(id, from, to).await
    }

    async fn role(&self, session: SessionId, user: UserId) -> Result<Option<Role>> {
        self.inner.role(session, user).await
    }

    async fn participants(&self, session: SessionId) -> Result<Vec<Participant>> {
        self.inner.participants(session).await
    }

    async fn join(
        &self,
        session: SessionId,
        user: UserId,
        role: Role,
        invite: Option<InviteId>,
        now: DateTime<Utc>,
    ) -> Result<Join> {
        self.inner.join(session, user, role, invite, now).await
    }

    async fn set_role(&self, session: SessionId, user: UserId, role: Role, now: DateTime<Utc>) -> Result<Option<Role>> {
        self.inner.set_role(session, user, role, now).await
    }

    async fn remove_participant(&self, session: SessionId, user: UserId) -> Result<bool> {
        self.inner.remove_participant(session, user).await
    }

    async fn create_invite(&self, invite: &Invite) -> Result<()> {
        self.inner.create_invite(invite).await
    }

    async fn invites(&self, session: SessionId) -> Result<Vec<Invite>> {
        self.inner.invites(session).await
    }

    async fn invite_by_token(&self, token: &str) -> Result<Invite> {
        self.inner.invite_by_token(token).await
    }

    async fn delete_invite(&self, session: SessionId, id: InviteId) -> Result<bool> {
        self.inner.delete_invite(session, id).await
    }
}

#[async_trait]
impl DoorStore for Faulty {
    async fn join_as_guest(&self, guest: &User, role: Role, invite: InviteId, now: DateTime<Utc>) -> Result<Join> {
        self.inner.join_as_guest(guest, role, invite, now).await
    }

    async fn waiting(&self, session: SessionId) -> Result<Vec<Waiting>> {
        self.inner.waiting(session).await
    }

    async fn is_waiting(&self, session: SessionId, user: UserId) -> Result<bool> {
        self.inner.is_waiting(session, user).await
    }

    async fn admit(&self, session: SessionId, user: UserId, now: DateTime<Utc>) -> Result<Admission> {
        self.inner.admit(session, user, now).await
    }

    async fn turn_away(&self, session: SessionId, user: UserId) -> Result<bool> {
        self.inner.turn_away(session, user).await
    }

    async fn ban(&self, session: SessionId, ban: &NewBan) -> Result<Option<Role>> {
        self.inner.ban(session, ban).await
    }

    async fn lift_ban(&self, session: SessionId, user: UserId) -> Result<bool> {
        self.inner.lift_ban(session, user).await
    }

    async fn bans(&self, session: SessionId) -> Result<Vec<Ban>> {
        self.inner.bans(session).await
    }

    async fn is_banned(&self, session: SessionId, user: UserId) -> Result<bool> {
        self.inner.is_banned(session, user).await
    }
}

#[async_trait]
impl ExecutionStore for Faulty {
    async fn create_execution(&self, new: &NewExecution) -> Result<Creation> {
        self.inner.create_execution(new).await
    }

    async fn execution(&self, id: ExecutionId) -> Result<Execution> {
        self.inner.execution(id).await
    }

    async fn execution_request(&self, id: ExecutionId) -> Result<ExecutionRequest> {
        self.inner.execution_request(id).await
    }

    async fn claim(
        &self,
        id: ExecutionId,
        worker: &str,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
    ) -> Result<Option<Claimed>> {
        self.inner.claim(id, worker, now, lease_until).await
    }

    async fn renew(&self, id: ExecutionId, worker: &str, lease_until: DateTime<Utc>) -> Result<bool> {
        self.inner.renew(id, worker, lease_until).await
    }

    async fn set_status(&self, id: ExecutionId, status: Status) -> Result<()> {
        self.inner.set_status(id, status).await
    }

    async fn finish(&self, id: ExecutionId, result: &ExecutionResult, now: DateTime<Utc>) -> Result<bool> {
        self.inner.finish(id, result, now).await
    }

    async fn cancel_queued(&self, id: ExecutionId, now: DateTime<Utc>) -> Result<bool> {
        self.inner.cancel_queued(id, now).await
    }

    async fn orphans(
        &self,
        now: DateTime<Utc>,
        queued_before: DateTime<Utc>,
        limit: u64,
    ) -> Result<Vec<(ExecutionId, Priority)>> {
        self.inner.orphans(now, queued_before, limit).await
    }

    async fn session_executions(&self, session: SessionId, page: &PageRequest) -> Result<Page<ExecutionHead>> {
        self.inner.session_executions(session, page).await
    }

    async fn user_executions(&self, user: UserId, page: &PageRequest) -> Result<Page<ExecutionHead>> {
        self.inner.user_executions(user, page).await
    }

    async fn unfinished(&self, user: UserId) -> Result<u64> {
        self.inner.unfinished(user).await
    }
}

#[async_trait]
impl DeadLetterStore for Faulty {
    async fn bury(&self, id: ExecutionId, result: &ExecutionResult, now: DateTime<Utc>) -> Result<bool> {
        self.inner.bury(id, result, now).await
    }

    async fn dead_executions(&self, page: &PageRequest) -> Result<Page<DeadExecution>> {
        self.inner.dead_executions(page).await
    }

    async fn requeue(&self, id: ExecutionId) -> Result<()> {
        self.inner.requeue(id).await
    }
}

#[async_trait]
impl CallbackStore for Faulty {
    async fn claim_callbacks(&self, now: DateTime<Utc>, again: DateTime<Utc>, limit: u64) -> Result<Vec<Callback>> {
        self.inner.claim_callbacks(now, again, limit).await
    }

    async fn next_callback(&self) -> Result<Option<DateTime<Utc>>> {
        self.inner.next_callback().await
    }

    async fn postpone_callback(&self, id: ExecutionId, due_at: DateTime<Utc>) -> Result<()> {
        self.inner.postpone_callback(id, due_at).await
    }

    async fn end_callback(&self, id: ExecutionId) -> Result<()> {
        self.inner.end_callback(id).await
    }
}

#[async_trait]
impl MessageStore for Faulty {
    async fn add_message(&self, new: &NewMessage) -> Result<Added> {
        self.inner.add_message(new).await
    }

    async fn message(&self, session: SessionId, id: MessageId) -> Result<ChatMessage> {
        self.inner.message(session, id).await
    }

    async fn messages(&self, session: SessionId, page: &PageRequest) -> Result<Page<ChatMessage>> {
        self.inner.messages(session, page).await
    }

    async fn edit_message(
        &self,
        session: SessionId,
        id: MessageId,
        text: &str,
        mentions: &[UserId],
        now: DateTime<Utc>,
    ) -> Result<ChatMessage> {
        self.inner.edit_message(session, id, text, mentions, now).await
    }

    async fn delete_message(&self, session: SessionId, id: MessageId, now: DateTime<Utc>) -> Result<bool> {
        self.inner.delete_message(session, id, now).await
    }

    async fn mark_read(&self, session: SessionId, user: UserId, id: MessageId) -> Result<Unread> {
        self.inner.mark_read(session, user, id).await
    }

    async fn unread(&self, session: SessionId, user: UserId) -> Result<Unread> {
        self.inner.unread(session, user).await
    }
}

#[async_trait]
impl NoteStore for Faulty {
    async fn notes(&self, session: SessionId) -> Result<Notes> {
        self.inner.notes(session).await
    }

    async fn write_notes(
        &self,
        session: SessionId,
        text: &str,
        version: u64,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<Notes> {
        self.inner.write_notes(session, text, version, by, now).await
    }
}

#[async_trait]
impl Store for Faulty {
    async fn ping(&self) -> Result<()> {
        self.inner.ping().await
    }
}

#[async_trait]
impl AuditStore for Faulty {
    async fn record(&self, entries: &[AuditEntry]) -> Result<()> {
        self.inner.record(entries).await
    }

    async fn audit(&self, filter: &AuditFilter, page: &PageRequest) -> Result<Page<AuditEntry>> {
        self.inner.audit(filter, page).await
    }

    async fn purge_audit(&self, before: DateTime<Utc>, limit: u64) -> Result<u64> {
        self.inner.purge_audit(before, limit).await
    }
}

#[async_trait]
impl AdminStore for Faulty {
    async fn accounts(&self, filter: &AccountFilter, page: &PageRequest) -> Result<Page<Account>> {
        self.inner.accounts(filter, page).await
    }

    async fn account(&self, id: UserId) -> Result<Account> {
        self.inner.account(id).await
    }

    async fn set_platform_admin(&self, id: UserId, is_admin: bool) -> Result<bool> {
        self.inner.set_platform_admin(id, is_admin).await
    }

    async fn any_sessions(&self, filter: &AnySessionFilter, page: &PageRequest) -> Result<Page<Session>> {
        self.inner.any_sessions(filter, page).await
    }

    async fn any_session(&self, id: SessionId) -> Result<Session> {
        self.inner.any_session(id).await
    }

    async fn any_executions(&self, filter: &AnyExecutionFilter, page: &PageRequest) -> Result<Page<ExecutionHead>> {
        self.inner.any_executions(filter, page).await
    }

    async fn forget_dead(&self, id: ExecutionId) -> Result<()> {
        self.inner.forget_dead(id).await
    }

    async fn quota(&self, id: UserId) -> Result<Quota> {
        self.inner.quota(id).await
    }

    async fn set_quota(&self, id: UserId, quota: &Quota) -> Result<()> {
        self.inner.set_quota(id, quota).await
    }

    async fn usage(&self, id: UserId) -> Result<AccountUsage> {
        self.inner.usage(id).await
    }
}

#[async_trait]
impl NodeStore for Faulty {
    async fn beat(&self, node: &Node, forget_before: DateTime<Utc>) -> Result<()> {
        self.inner.beat(node, forget_before).await
    }

    async fn forget_node(&self, id: &str) -> Result<()> {
        self.inner.forget_node(id).await
    }

    async fn nodes(&self) -> Result<Vec<Node>> {
        self.inner.nodes().await
    }
}

#[async_trait]
impl IdentityStore for Faulty {
    async fn identity_user(&self, issuer: &str, subject: &str, now: DateTime<Utc>) -> Result<Option<User>> {
        self.inner.identity_user(issuer, subject, now).await
    }
    async fn create_user_of(&self, user: &User, identity: &Identity) -> Result<()> {
        self.inner.create_user_of(user, identity).await
    }
    async fn connect(&self, user: UserId, identity: &Identity) -> Result<()> {
        self.inner.connect(user, identity).await
    }
    async fn connect_by_email(&self, email: &str, identity: &Identity) -> Result<Connected> {
        self.inner.connect_by_email(email, identity).await
    }
    async fn identities(&self, user: UserId) -> Result<Vec<Identity>> {
        self.inner.identities(user).await
    }
    async fn disconnect(&self, user: UserId, issuer: &str, issuers: &[String]) -> Result<bool> {
        self.inner.disconnect(user, issuer, issuers).await
    }
}
