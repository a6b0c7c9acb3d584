//! Acts of officers, as the tests do them: by the service's own verbs, since the desk's pages are only one way to them.

use precheck_server::error::ApiError;
use precheck_server::service::{self, Act, ConfirmationAsEntered, Officer, Word};
use precheck_shared::booking::ReceptionNumber;
use precheck_shared::cancellation::CancelChannel;
use precheck_shared::violation::Code;
use serde_json::Value;

use crate::harness::{NOW, Server, body, jst};

/// The sample's first wish, a Thursday.
pub(crate) const START: &str = "2026-11-26T10:00:00+09:00";
/// The sample's second wish.
pub(crate) const SECOND: &str = "2026-11-27T13:00:00+09:00";
pub(crate) const LINK: &str = "https://us02web.zoom.us/j/12345678901?pwd=Himitsu.1";
pub(crate) const PASSCODE: &str = "k;a,i\\wa";
pub(crate) const REASON: &str = "担当者の急病のため";

/// Somebody's request, and what the seeker holds of it.
pub(crate) struct Asked {
    pub(crate) accepted: Value,
    pub(crate) number: ReceptionNumber,
}

pub(crate) fn officer(id: &str) -> Officer {
    Officer::parse(id).unwrap()
}

/// What an officer enters for a time that nothing speaks against.
pub(crate) fn entered(start: &str) -> ConfirmationAsEntered {
    ConfirmationAsEntered {
        start: jst(start),
        meeting: LINK.to_owned(),
        passcode: PASSCODE.to_owned(),
        officer: None,
        identity_checked: true,
        reason: String::new(),
        // All of them meet under one ID.
        accepted: vec![Code::MeetingIdInUse],
    }
}

pub(crate) fn word(channel: CancelChannel, at: &str) -> Word {
    Word { channel, at: jst(at) }
}

/// `done`, or the codes of the refusal with their places.
pub(crate) fn told(result: &Result<u32, ApiError>) -> String {
    match result {
        Ok(_) => "done".to_owned(),
        Err(ApiError::Refused { violations, .. }) => {
            let all: Vec<_> =
                violations.iter().map(|it| format!("{} {}", it.pointer, it.code.as_str())).collect();
            all.join(", ")
        }
        Err(other) => other.code().as_str().to_owned(),
    }
}

impl Asked {
    pub(crate) async fn send(server: &Server) -> Self {
        Self::of(server.post(&body()).await.accepted())
    }

    pub(crate) fn of(accepted: Value) -> Self {
        let number = ReceptionNumber::parse(accepted["reception_number"].as_str().unwrap()).unwrap();
        Self { accepted, number }
    }

    /// A request that is confirmed for its first wish.
    pub(crate) async fn confirmed(server: &Server) -> Self {
        let asked = Self::send(server).await;
        let done = asked.confirm(server, &entered(START)).await;
        assert_eq!(told(&done), "done");
        asked
    }

    /// An act on the version that the receipt shows.
    pub(crate) async fn act(&self, server: &Server) -> Act {
        let version = server.receipt(&self.accepted).await.json()["version"].as_u64().unwrap();
        self.act_on(u32::try_from(version).unwrap())
    }

    pub(crate) fn act_on(&self, version: u32) -> Act {
        Act { number: self.number.clone(), version, officer: officer("o-1") }
    }

    pub(crate) async fn confirm(
        &self,
        server: &Server,
        entered: &ConfirmationAsEntered,
    ) -> Result<u32, ApiError> {
        let act = self.act(server).await;
        service::confirm(&server.state, &act, entered).await
    }

    pub(crate) async fn state(&self, server: &Server) -> String {
        server.receipt(&self.accepted).await.json()["state"].as_str().unwrap().to_owned()
    }
}

/// All that can be done with a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Does {
    Confirm,
    Decline,
    Withdraw,
    Contact,
    Hold,
    Cancel,
    CancelByOffice,
    Stop,
    CorrectToHeld,
}

impl Does {
    pub(crate) const ALL: [Self; 9] = [
        Self::Confirm,
        Self::Decline,
        Self::Withdraw,
        Self::Contact,
        Self::Hold,
        Self::Cancel,
        Self::CancelByOffice,
        Self::Stop,
        Self::CorrectToHeld,
    ];

    /// Does it as well as it can be done: with a reason, with word of the day before, for a time that lies ahead.
    pub(crate) async fn to(self, server: &Server, act: &Act) -> Result<u32, ApiError> {
        let app = &server.state;
        let called = word(CancelChannel::Telephone, "2026-11-24T09:00:00+09:00");
        match self {
            Self::Confirm => {
                let moved = ConfirmationAsEntered {
                    reason: REASON.to_owned(),
                    ..entered("2026-12-01T14:00:00+09:00")
                };
                service::confirm(app, act, &moved).await
            }
            Self::Decline => service::decline(app, act, REASON).await,
            Self::Withdraw => service::withdraw(app, act, called).await,
            Self::Contact => service::note_contact(app, act, false).await,
            Self::Hold => service::hold(app, act).await,
            Self::Cancel => service::cancel(app, act, called, REASON).await,
            Self::CancelByOffice => service::cancel_by_office(app, act, REASON).await,
            Self::Stop => service::stop(app, act, REASON).await,
            Self::CorrectToHeld => service::correct_to_held(app, act, REASON).await,
        }
    }

    /// The state afterwards.
    pub(crate) fn leads_to(self) -> &'static str {
        match self {
            Self::Confirm | Self::Contact => "confirmed",
            Self::Decline => "declined",
            Self::Withdraw => "withdrawn",
            Self::Hold | Self::CorrectToHeld => "held",
            Self::Cancel => "cancelled",
            Self::CancelByOffice => "cancelled_by_office",
            Self::Stop => "stopped",
        }
    }
}

/// Every state, with the way to it.
pub(crate) const STATES: [(&str, &[Does], &str); 10] = [
    ("requested", &[], NOW),
    ("declined", &[Does::Decline], NOW),
    ("withdrawn", &[Does::Withdraw], NOW),
    ("lapsed", &[], SECOND),
    ("confirmed", &[Does::Confirm], NOW),
    ("held", &[Does::Confirm, Does::Hold], NOW),
    ("cancelled", &[Does::Confirm, Does::Cancel], NOW),
    ("cancelled_by_office", &[Does::Confirm, Does::CancelByOffice], NOW),
    ("stopped", &[Does::Confirm, Does::Stop], NOW),
    ("deemed_cancelled", &[Does::Confirm], "2026-12-01T14:10:00+09:00"),
];

impl Asked {
    /// A request that was brought into a state of [`STATES`].
    pub(crate) async fn in_state(server: &Server, state: &str) -> Self {
        let (_, way, now) = STATES.into_iter().find(|it| it.0 == state).unwrap();
        let asked = Self::send(server).await;
        for does in way {
            let act = asked.act(server).await;
            assert_eq!(told(&does.to(server, &act).await), "done", "{state}: {does:?}");
        }
        server.at(now).believe_the_clock().await;
        assert_eq!(asked.state(server).await, state);
        asked
    }
}

/// A refusal's only code.
pub(crate) fn code(result: Result<u32, ApiError>) -> Option<Code> {
    result.err().map(|it| it.code())
}
