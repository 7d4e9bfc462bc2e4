//! A client as stock ones are: a replica, the protocol, and presence as `y-protocols` keeps it.

use std::collections::BTreeMap;

use bytes::Bytes;
use codecrafter_collab::{Connection, ConnectionSender, Ending, Outgoing, OutgoingReceiver, Peer};
use serde_json::Value;
use tokio::time::timeout;
use yrs::updates::decoder::Decode;
use yrs::updates::encoder::Encode;
use yrs::{Doc, GetString, OffsetKind, Options, ReadTxn, StateVector, Text, Transact, Update};

use crate::wire::{self, Message};
use crate::world::{PATIENCE, World};

pub struct Client {
    pub doc: Doc,
    pub peer: Peer,
    line: Option<Line>,
    is_synced: bool,
    /// Frames received since the last connection was made.
    pub frames: usize,
    pub denials: Vec<String>,
    /// What the document has said of edits, one by one; Hocuspocus only.
    pub statuses: Vec<bool>,
    /// Stateless messages.
    pub notes: Vec<String>,
    pub closed: Option<(u16, String)>,
    pub presence: BTreeMap<u64, Presence>,
    pub clock: u32,
}

struct Line {
    sender: ConnectionSender,
    outgoing: OutgoingReceiver,
}

/// Another client's (or the own) state as `applyAwarenessUpdate` keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Presence {
    pub clock: u32,
    pub state: Option<Value>,
}

impl Client {
    pub fn new(peer: Peer) -> Self {
        let options = Options {
            offset_kind: OffsetKind::Utf16,
            ..Options::default()
        };
        Self {
            doc: Doc::with_options(options),
            peer,
            line: None,
            is_synced: false,
            frames: 0,
            denials: Vec::new(),
            statuses: Vec::new(),
            notes: Vec::new(),
            closed: None,
            presence: BTreeMap::new(),
            clock: 0,
        }
    }

    pub fn id(&self) -> u64 {
        self.doc.client_id().get()
    }

    /// Joins and sends step 1, as `onopen` does.
    pub async fn connect(&mut self, world: &World) {
        let joining = world.documents.connect(world.session, self.peer.clone());
        let connection = timeout(PATIENCE, joining).await.expect("joined in time").unwrap();
        self.begin(connection).await;
    }

    /// The same for a document of a Hocuspocus connection.
    pub async fn connect_hocuspocus(&mut self, world: &World) {
        let joining = world.documents.connect_hocuspocus(world.session, self.peer.clone());
        let connection = timeout(PATIENCE, joining).await.expect("joined in time").unwrap();
        self.begin(connection).await;
    }

    async fn begin(&mut self, Connection { sender, outgoing }: Connection) {
        self.line = Some(Line { sender, outgoing });
        (self.is_synced, self.frames, self.closed) = (false, 0, None);
        let step_1 = wire::step_1(&self.doc.transact().state_vector().encode_v1());
        self.send(step_1).await;
    }

    pub fn sender(&self) -> ConnectionSender {
        self.line.as_ref().expect("connected").sender.clone()
    }

    pub async fn send(&self, frame: Vec<u8>) {
        self.sender().send(frame.into()).await.expect("the document is open");
    }

    pub fn leave(&mut self, ending: Ending) {
        if let Some(line) = self.line.take() {
            line.sender.close(ending);
        }
        // As `closeWebsocketConnection` does: the states go, the clocks stay.
        let own = self.id();
        for (client, presence) in &mut self.presence {
            if *client != own {
                presence.state = None;
            }
        }
    }

    /// Drops the outbound end only.
    pub fn stop_reading(&mut self) -> ConnectionSender {
        self.line.take().expect("connected").sender
    }

    pub fn is_connected(&self) -> bool {
        self.line.is_some()
    }

    /// Loses the connection without anybody noticing as long as what this returns is kept.
    pub fn keep_outgoing(&mut self) -> impl Sized + use<> {
        self.line.take().expect("connected")
    }

    /// Edits without telling anybody.
    pub fn edit_offline(&self, work: impl FnOnce(&yrs::TextRef, &mut yrs::TransactionMut<'_>)) -> Vec<u8> {
        let text = self.doc.get_or_insert_text("text");
        let mut txn = self.doc.transact_mut();
        work(&text, &mut txn);
        txn.encode_update_v1()
    }

    /// Edits and sends the update.
    pub async fn edit(&self, work: impl FnOnce(&yrs::TextRef, &mut yrs::TransactionMut<'_>)) {
        let update = self.edit_offline(work);
        self.send(wire::update(&update)).await;
    }

    pub async fn insert(&self, index: u32, chunk: &str) {
        self.edit(|text, txn| text.insert(txn, index, chunk)).await;
    }

    pub async fn push(&self, chunk: &str) {
        self.edit(|text, txn| text.push(txn, chunk)).await;
    }

    pub fn text(&self) -> String {
        let text = self.doc.get_or_insert_text("text");
        text.get_string(&self.doc.transact())
    }

    pub fn everything(&self) -> Vec<u8> {
        self.doc.transact().encode_state_as_update_v1(&StateVector::default())
    }

    /// Sets the own presence and sends it.
    pub async fn present(&mut self, state: &Value) {
        self.clock += 1;
        let own = Presence {
            clock: self.clock,
            state: Some(state.clone()).filter(|state| !state.is_null()),
        };
        self.presence.insert(self.id(), own);
        self.send(wire::awareness(&[(self.id(), self.clock, state.to_string())]))
            .await;
    }

    /// Sends the own presence again, as it is.
    pub async fn present_again(&self) {
        let own = &self.presence[&self.id()];
        let state = own.state.clone().unwrap_or(Value::Null);
        self.send(wire::awareness(&[(self.id(), own.clock, state.to_string())]))
            .await;
    }

    /// What this client sees of another.
    pub fn sees(&self, other: u64) -> Option<&Value> {
        self.presence.get(&other).and_then(|presence| presence.state.as_ref())
    }

    /// Receives one frame; `None` once the connection has ended.
    pub async fn receive(&mut self) -> Option<Message> {
        let line = self.line.as_mut().expect("connected");
        let next = timeout(PATIENCE, line.outgoing.recv());
        match next.await.expect("a frame in time") {
            Some(Outgoing::Frame(frame)) => Some(self.take(&frame).await),
            Some(Outgoing::Status { is_applied, times }) => {
                self.statuses.extend(vec![is_applied; times as usize]);
                Some(Message::Status)
            }
            Some(Outgoing::Close { code, reason }) => {
                self.closed = Some((code, reason.into_owned()));
                None
            }
            None => None,
        }
    }

    /// Receives what is there already.
    pub async fn receive_all(&mut self) {
        while let Some(line) = &mut self.line {
            match line.outgoing.try_recv() {
                Some(Outgoing::Frame(frame)) => drop(self.take(&frame).await),
                Some(Outgoing::Status { is_applied, times }) => {
                    self.statuses.extend(vec![is_applied; times as usize]);
                }
                Some(Outgoing::Close { code, reason }) => self.closed = Some((code, reason.into_owned())),
                None => return,
            }
        }
    }

    async fn take(&mut self, frame: &Bytes) -> Message {
        self.frames += 1;
        let message = wire::read(frame);
        match &message {
            Message::Step1(state_vector) => {
                let state_vector = StateVector::decode_v1(state_vector).unwrap();
                let answer = self.doc.transact().encode_state_as_update_v1(&state_vector);
                // The document may have closed the connection meanwhile.
                let _ = self.sender().send(wire::step_2(&answer).into()).await;
            }
            Message::Step2(update) => {
                self.apply(update);
                self.is_synced = true;
            }
            Message::Update(update) => self.apply(update),
            Message::Awareness(states) => self.apply_awareness(states),
            Message::Denied(reason) => self.denials.push(reason.clone()),
            Message::Stateless(payload) => self.notes.push(payload.clone()),
            Message::Status => {}
        }
        message
    }

    fn apply(&self, update: &[u8]) {
        let update = Update::decode_v1(update).unwrap();
        self.doc.transact_mut().apply_update(update).unwrap();
    }

    /// As `applyAwarenessUpdate`.
    fn apply_awareness(&mut self, states: &[(u64, u32, String)]) {
        let own = self.id();
        for (client, clock, state) in states {
            let state: Option<Value> = serde_json::from_str(state).unwrap();
            let known = self.presence.get(client);
            let current = known.map_or(0, |known| known.clock);
            let is_there = known.is_some_and(|known| known.state.is_some());
            if current < *clock || (current == *clock && state.is_none() && is_there) {
                assert!(*client != own, "the server has overruled the own state");
                self.presence.insert(*client, Presence { clock: *clock, state });
            }
        }
    }

    pub async fn synced(&mut self) {
        self.until("synced", |client| client.is_synced).await;
    }

    /// Receives until the condition holds.
    pub async fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        while !holds(self) {
            let message = self.receive().await;
            assert!(message.is_some(), "{what}: closed with {:?}", self.closed);
        }
    }

    /// Receives until the text is there.
    pub async fn reads(&mut self, text: &str) {
        self.until(text, |client| client.text() == text).await;
    }

    /// Receives until the connection is closed; the code.
    pub async fn is_closed(&mut self) -> u16 {
        while self.receive().await.is_some() {}
        self.closed.as_ref().expect("closed by the document").0
    }

    /// Everything sent before has been dealt with, and its effects on this client have been received.
    pub async fn settle(&mut self) {
        self.is_synced = false;
        let step_1 = wire::step_1(&self.doc.transact().state_vector().encode_v1());
        self.send(step_1).await;
        self.synced().await;
    }
}
