//! The outbox: a confirmed request until it has been delivered, refused, or has waited too long (DESIGN 5).
//!
//! A confirmed request arrives once, or its sender is told why not. Key and exact bytes are frozen together; whatever may
//! happen to line, tab or server, the same bytes go out under the same key until there is an answer, and only an answer of
//! our own server counts as one. Left to others: sending, the clock, chance, storing, and one sender among several tabs.
//!
//! All times are milliseconds since 1970 by the server's clock, as far as it is known; they are passed in.
//!
//! ```
//! use precheck_shared::outbox::{Act, Entry, Outbox, Standing, Verdict, classify};
//!
//! let hour = 3_600_000;
//! let mut outbox = Outbox::default();
//! outbox.confirm(Entry::new("8b0e…", "{…}", 0, 48 * hour), 0).unwrap();
//! assert_eq!(outbox.act(0), Act::Send);
//! assert_eq!(outbox.standing(), Standing::Sending);
//!
//! // A captive portal answers with a page of its own: that is no answer. Half of the first two seconds is waited.
//! outbox.answered(classify(200, false, None, None), 100, 0.5);
//! assert_eq!((outbox.standing(), outbox.act(100)), (Standing::Waiting, Act::Pause(1_000)));
//! assert!(!outbox.can_be_edited());
//!
//! // The line is back.
//! outbox.wake(200);
//! assert_eq!(outbox.act(200), Act::Send);
//! outbox.answered(classify(201, true, None, None), 300, 0.5);
//! assert_eq!((outbox.standing(), outbox.act(300)), (Standing::Delivered, Act::Rest));
//! ```

use crate::violation::Code;

/// A request waits for so long: seven days.
pub const LONGEST_WAIT: i64 = 7 * 24 * 3_600_000;
/// Whether it may have arrived is asked for so long: 13 days. The server remembers a key for 14, and would take the same
/// request for a new one afterwards.
pub const LONGEST_ASKING: i64 = 13 * 24 * 3_600_000;
/// A server may ask for a pause of so long at most: five minutes. What asks for more is hardly ours.
pub const LONGEST_ASKED: i64 = 300_000;
/// Pauses without any answer are at most so long: a minute.
pub const LONGEST_PAUSE: i64 = 60_000;
/// What is waited at least, so that chance cannot make a stream of it.
pub const SHORTEST_PAUSE: i64 = 500;

/// A confirmed request, frozen.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    key: String,
    body: String,
    confirmed_at: i64,
    last_wish: i64,
}

impl Entry {
    /// Freezes a request: its idempotency key, its exact bytes, when it was confirmed, and the start of its latest wish.
    pub fn new(key: &str, body: &str, confirmed_at: i64, last_wish: i64) -> Self {
        Self { key: key.to_owned(), body: body.to_owned(), confirmed_at, last_wish }
    }

    /// The idempotency key; it goes with these bytes and no others.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The exact bytes to send.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// When it was confirmed.
    pub fn confirmed_at(&self) -> i64 {
        self.confirmed_at
    }

    /// The start of its latest wish.
    pub fn last_wish(&self) -> i64 {
        self.last_wish
    }

    /// Why it need not be sent any more, if it need not.
    pub fn expiry(&self, now: i64) -> Option<Expiry> {
        if self.confirmed_at + LONGEST_WAIT <= now {
            return Some(Expiry::Days);
        }
        (self.last_wish <= now).then_some(Expiry::LastWish)
    }
}

/// What was entered is nobody's business.
impl std::fmt::Debug for Entry {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("Entry").field("key", &self.key).finish_non_exhaustive()
    }
}

/// Why a request that nobody has answered is not sent any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// Seven days have passed; somebody may have it all the same, where an answer was lost.
    Days,
    /// Its last wish has passed before it was sent at all: nobody has it.
    LastWish,
}

/// What came of a sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Received for good.
    Delivered,
    /// Not received, for this reason; the key is free again.
    Refused(Code),
    /// Nobody knows; the server may ask for a pause of so many seconds.
    NoAnswer(Option<u32>),
}

/// What an answer is: delivered only by a 201 whose body is an acceptance, refused only by a problem document with a code
/// of the rulebook that is not for now alone. Anything else is no answer: a portal's page, a proxy's, a failing server.
///
/// `status` is 0 where nothing came back; `code` is that of a problem document; `retry_after` counts seconds.
pub fn classify(status: u16, is_acceptance: bool, code: Option<&str>, retry_after: Option<u32>) -> Verdict {
    if status == 201 && is_acceptance {
        return Verdict::Delivered;
    }
    match refusal(status, code) {
        Some(code) => Verdict::Refused(code),
        None => Verdict::NoAnswer(retry_after),
    }
}

/// The code by which our server has refused a call for good. A time-out and a failing server are no verdict, whatever they write.
pub fn refusal(status: u16, code: Option<&str>) -> Option<Code> {
    if !(400..500).contains(&status) || status == 408 {
        return None;
    }
    let code = Code::parse(code?)?;
    let is_for_now = matches!(code, Code::KeyInProgress | Code::RateLimited | Code::Unavailable);
    (!is_for_now).then_some(code)
}

/// Who was heard where no outcome came of a sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// Nobody, or a server or gateway that fails or is busy just now.
    Nobody,
    /// Our own server: the way to it is open.
    Ours,
    /// Somebody else, who refuses or shows a page of his own: a filter, a portal, a proxy. As a rule he says the same again.
    Stranger,
}

/// Who has answered; by the same as [`classify`].
pub fn voice(status: u16, is_acceptance: bool, code: Option<&str>) -> Voice {
    let is_ours = (status == 201 && is_acceptance) || (400 <= status && code.and_then(Code::parse).is_some());
    match status {
        _ if is_ours => Voice::Ours,
        // What a gateway or a limiter says of now alone, and no answer at all.
        0 | 408 | 425 | 429 => Voice::Nobody,
        // "Network authentication required" is said by a portal.
        500..=599 if status != 511 => Voice::Nobody,
        _ => Voice::Stranger,
    }
}

/// So many answers of somebody else's mean that he refuses for good.
const MOST_STRANGERS: u32 = 3;

/// What a person reads of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// There is none, or what there was has been erased.
    #[default]
    Empty,
    /// Tried again by itself.
    Waiting,
    /// On the line.
    Sending,
    /// Received, for ever.
    Delivered,
    /// Cannot be accepted, because of this.
    Refused(Code),
    /// Not sent any more.
    Expired(Expiry),
}

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Send the entry, and tell what came of it by [`Outbox::answered`].
    Send,
    /// Ask again after so many milliseconds, or when something wakes it.
    Pause(u32),
    /// Nothing.
    Rest,
}

/// Why a request cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// Another one is here whose outcome is unknown.
    OutcomeUnknown,
    /// What was edited after a refusal needs a key of its own.
    KeyUsed,
}

/// One request at a time on its way.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    standing: Standing,
    entry: Option<Entry>,
    /// Somebody may have it: it was sent, or found where a closed tab may have sent it.
    may_be_there: bool,
    /// Tries without an answer.
    tries: u32,
    /// To be sent from here on.
    due: i64,
    /// The server asked not to be called before.
    not_before: i64,
    /// Woken while a try was under way: the next one is due at once.
    woken: bool,
    /// The try that is made after seven days, and no other one.
    is_last: bool,
    /// The key of the one before.
    used: String,
    /// Answers of somebody else's since our own server was heard.
    strangers: u32,
}

impl Outbox {
    /// Takes a request that a person has just confirmed; it is due at once.
    ///
    /// # Errors
    ///
    /// While another one's outcome is unknown, and under the key of one that was refused.
    pub fn confirm(&mut self, entry: Entry, now: i64) -> Result<(), NotTaken> {
        if self.entry.is_some() {
            return Err(NotTaken::OutcomeUnknown);
        }
        if self.used == entry.key {
            return Err(NotTaken::KeyUsed);
        }
        self.take(entry, now);
        Ok(())
    }

    /// Takes up a request that this or another tab has left on the device. It may have been sent: its outcome is unknown.
    ///
    /// # Errors
    ///
    /// While another one's outcome is unknown.
    pub fn take_up(&mut self, entry: Entry, now: i64) -> Result<(), NotTaken> {
        if self.entry.is_some() {
            return Err(NotTaken::OutcomeUnknown);
        }
        self.take(entry, now);
        self.may_be_there = true;
        Ok(())
    }

    fn take(&mut self, entry: Entry, now: i64) {
        // What the server asked for holds for the next request too.
        let not_before = self.not_before;
        *self = Self { standing: Standing::Waiting, entry: Some(entry), not_before, ..Self::default() };
        self.wake(now);
    }

    /// The request, while its outcome is unknown.
    pub fn entry(&self) -> Option<&Entry> {
        self.entry.as_ref()
    }

    /// What a person reads of it.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// Whether what was entered can be edited: never while the outcome of a frozen request is unknown.
    pub fn can_be_edited(&self) -> bool {
        self.entry.is_none()
    }

    /// Start, the line is back, the page is seen again, or a person presses "send now": due at once, but not before the
    /// moment that the server asked for.
    pub fn wake(&mut self, now: i64) {
        self.woken = true;
        self.due = self.asked(now);
    }

    /// Now, or the moment that the server asked for. A clock that was set back cannot make that far away.
    fn asked(&self, now: i64) -> i64 {
        if self.not_before - now <= LONGEST_ASKED { now.max(self.not_before) } else { now }
    }

    /// What is to be done now. [`Act::Send`] is said once for each try.
    pub fn act(&mut self, now: i64) -> Act {
        let expiry = match &self.entry {
            Some(entry) if self.standing == Standing::Waiting => entry.expiry(now),
            _ => return Act::Rest,
        };
        // What may have arrived is asked for again, also when its last wish has passed: the server knows.
        // But only as long as it surely remembers.
        let is_forgotten = self.entry.as_ref().is_some_and(|it| it.confirmed_at + LONGEST_ASKING <= now);
        let is_over = expiry.is_some() && (self.is_last || !self.may_be_there || is_forgotten);
        if let (true, Some(expiry)) = (is_over, expiry) {
            self.end(Standing::Expired(expiry));
            return Act::Rest;
        }
        let pause = self.due - now;
        // Longer than any pause that was ever meant: the clock was set back.
        if 0 < pause && pause <= LONGEST_ASKED + LONGEST_PAUSE {
            return Act::Pause(u32::try_from(pause).unwrap_or(0));
        }
        self.standing = Standing::Sending;
        self.may_be_there = true;
        self.woken = false;
        self.is_last = expiry == Some(Expiry::Days);
        Act::Send
    }

    /// What came of the try; `fraction` is chance, from 0 to 1.
    ///
    /// A "received" counts whenever it comes, since it is true for ever; everything else only while a try is under way.
    pub fn answered(&mut self, verdict: Verdict, now: i64, fraction: f64) {
        if self.entry.is_none() || (verdict != Verdict::Delivered && self.standing != Standing::Sending) {
            return;
        }
        match verdict {
            Verdict::Delivered => self.end(Standing::Delivered),
            Verdict::Refused(code) => self.end(Standing::Refused(code)),
            Verdict::NoAnswer(retry_after) => self.wait(retry_after, now, fraction),
        }
    }

    /// Who was heard at a try. Silence between two answers of a stranger's says nothing about him.
    pub fn heard(&mut self, voice: Voice) {
        self.strangers = match voice {
            Voice::Ours => 0,
            Voice::Nobody => self.strangers,
            Voice::Stranger => self.strangers.saturating_add(1),
        };
    }

    /// Whether somebody between device and office keeps refusing it. It is tried further, and a person is to be told that another
    /// way is the surer one.
    pub fn is_held_back(&self) -> bool {
        self.entry.is_some() && MOST_STRANGERS <= self.strangers
    }

    /// Full jitter: anything up to a limit that doubles, behind what the server asked for.
    fn wait(&mut self, retry_after: Option<u32>, now: i64, fraction: f64) {
        self.standing = Standing::Waiting;
        if let Some(seconds) = retry_after {
            self.not_before = now + (i64::from(seconds) * 1_000).min(LONGEST_ASKED);
        }
        let limit = (2_000 << self.tries.min(5)).min(LONGEST_PAUSE);
        self.tries += 1;
        let pause = if self.woken { 0 } else { part(limit, fraction).max(SHORTEST_PAUSE) };
        self.due = self.asked(now) + pause;
    }

    /// Another tab showed the refusal, or everything was erased: this one lets go.
    pub fn let_go(&mut self) {
        self.end(Standing::Empty);
    }

    /// What was settled is forgotten.
    fn end(&mut self, standing: Standing) {
        self.standing = standing;
        if let Some(entry) = self.entry.take() {
            self.used = entry.key;
        }
    }
}

/// A part of a time; chance out of its bounds is taken for its nearer end.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "between 0 and a minute in milliseconds"
)]
fn part(millis: i64, fraction: f64) -> i64 {
    (millis as f64 * fraction.clamp(0.0, 1.0)) as i64
}

#[cfg(test)]
mod tests;
