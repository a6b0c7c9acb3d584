//! Article 10 and 2(2): the check of device and room.
//!
//! "Detected" means that the program finds out by itself; "attested" that the seeker answers, since no page can see
//! it. A detector that fails never blocks: it falls back to attesting. Two items alone can block a booking, and only
//! for the device of the day.

use crate::clause::{Clause, article, paragraph};
use crate::violation::{Code, Violation};

pub mod device;
pub mod line;
pub mod media;
pub mod picture;
pub mod sound;
pub mod system;
mod version;

/// An item of the checklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    /// The page is allowed to use the camera.
    SecureContext,
    /// A real browser, not the one inside a messaging app.
    BrowserKind,
    /// A camera that gives a picture.
    Camera,
    /// A microphone that hears.
    Microphone,
    /// Sound can be heard.
    Speaker,
    /// The line is good enough for a video call.
    Network,
    /// The line may be billed by volume.
    Metered,
    /// The app is installed and tried on its own test page.
    AppReady,
    /// The operating system still gets security updates on the day wished.
    OsSupported,
    /// Updates are installed.
    OsPatched,
    /// A personal firewall is on.
    Firewall,
    /// Browser and software are current.
    BrowserUpdated,
    /// A private room, or nobody around.
    PrivateRoom,
}

/// What came out for an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Found good by the program.
    Passed,
    /// Said to be good by the seeker.
    Attested,
    /// Will be ready by the day.
    ByTheDay,
    /// This device has no such thing, or the seeker communicates otherwise.
    NotApplicable,
    /// Could not be found out.
    Unknown,
    /// Not so.
    Failed,
}

impl Item {
    /// In the order in which they are asked.
    pub const ALL: [Self; 13] = [
        Self::SecureContext,
        Self::BrowserKind,
        Self::Camera,
        Self::Microphone,
        Self::Speaker,
        Self::Network,
        Self::Metered,
        Self::AppReady,
        Self::OsSupported,
        Self::OsPatched,
        Self::Firewall,
        Self::BrowserUpdated,
        Self::PrivateRoom,
    ];

    /// The id on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SecureContext => "secure_context",
            Self::BrowserKind => "browser_kind",
            Self::Camera => "camera",
            Self::Microphone => "microphone",
            Self::Speaker => "speaker",
            Self::Network => "network",
            Self::Metered => "metered",
            Self::AppReady => "app_ready",
            Self::OsSupported => "os_supported",
            Self::OsPatched => "os_patched",
            Self::Firewall => "firewall",
            Self::BrowserUpdated => "browser_updated",
            Self::PrivateRoom => "private_room",
        }
    }

    /// The key of the item's name in the words.
    pub fn words(self) -> String {
        format!("check.{}", self.as_str())
    }

    /// Reads an id.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// The clause the item stands on; for the app also article 3.
    pub fn clause(self) -> Clause {
        match self {
            Self::SecureContext | Self::Camera | Self::Microphone | Self::Speaker => paragraph(2, 2),
            Self::AppReady => article(3),
            Self::Metered => paragraph(10, 5),
            Self::PrivateRoom => paragraph(10, 3),
            Self::BrowserKind
            | Self::Network
            | Self::OsSupported
            | Self::OsPatched
            | Self::Firewall
            | Self::BrowserUpdated => paragraph(10, 4),
        }
    }

    /// "Ready by the day" is an answer wherever the terms only ask it of the counselling.
    pub fn can_be_ready_by_the_day(self) -> bool {
        !matches!(self, Self::SecureContext | Self::BrowserKind)
    }

    /// Whether "not applicable" can be true of it.
    pub fn can_be_inapplicable(self) -> bool {
        matches!(self, Self::Microphone | Self::Speaker | Self::Metered | Self::Firewall)
    }

    /// Whether a "no" for the device of the day ends the way to a booking.
    pub fn can_block(self) -> bool {
        matches!(self, Self::Camera | Self::OsSupported)
    }
}

impl Outcome {
    /// In the order in which they are offered.
    pub const ALL: [Self; 6] =
        [Self::Passed, Self::Attested, Self::ByTheDay, Self::NotApplicable, Self::Unknown, Self::Failed];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Attested => "attested",
            Self::ByTheDay => "by_the_day",
            Self::NotApplicable => "not_applicable",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == text)
    }

    /// Whether a person can answer so of an item: all that the rules accept of it, less what only a program finds, and less
    /// what says nothing.
    pub fn can_be_told_of(self, item: Item) -> bool {
        match self {
            _ if matches!(item, Item::SecureContext | Item::BrowserKind) => false,
            Self::Attested => true,
            Self::ByTheDay => item.can_be_ready_by_the_day(),
            Self::NotApplicable => item.can_be_inapplicable() && item != Item::Metered,
            Self::Unknown => !matches!(item, Item::PrivateRoom | Item::AppReady),
            Self::Failed => item != Item::Metered,
            Self::Passed => false,
        }
    }

    /// Whether something is still to be prepared or looked at.
    pub fn leaves_work(self) -> bool {
        matches!(self, Self::ByTheDay | Self::Unknown | Self::Failed)
    }
}

/// One line of the checklist as entered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckEntry {
    /// Id of the item.
    pub id: String,
    /// Name of the outcome.
    pub outcome: String,
    /// What the program found, for the staff; no personal data.
    pub detail: String,
}

/// The overall verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing left to do.
    Ready,
    /// These are still to be prepared.
    ReadyWithPreparations(Vec<Item>),
    /// These end the way to a booking.
    Blocked(Vec<Item>),
}

/// Longest note on what was found for an item, in Unicode characters.
pub const LONGEST_DETAIL: usize = 500;

/// Articles 2(2), 10: everything that is unanswered, unreadable, or blocks. `own_device` says whether this device is the
/// one of the day; if not, nothing found on it blocks.
pub fn judge(own_device: Option<bool>, entries: &[CheckEntry]) -> Vec<Violation> {
    let incomplete = |clause, pointer: String, variant| {
        Violation::of_clause(clause, Code::ChecklistIncomplete, pointer).variant(variant)
    };
    let mut faults = Vec::new();
    if own_device.is_none() {
        faults.push(incomplete(paragraph(2, 2), "/own_device".to_owned(), "own_device"));
    }
    let mut seen = Vec::new();
    for (at, entry) in entries.iter().take(2 * Item::ALL.len()).enumerate() {
        let pointer = format!("/checklist/{at}");
        let Some(item) = Item::parse(&entry.id) else {
            faults.push(incomplete(paragraph(10, 4), pointer, "unknown_item"));
            continue;
        };
        if seen.contains(&item) {
            faults.push(incomplete(item.clause(), pointer, "twice").with_words("item", item.words()));
            continue;
        }
        seen.push(item);
        let allowed = Outcome::parse(&entry.outcome).filter(|it| match it {
            Outcome::ByTheDay => item.can_be_ready_by_the_day(),
            Outcome::NotApplicable => item.can_be_inapplicable(),
            Outcome::Passed | Outcome::Attested | Outcome::Unknown | Outcome::Failed => true,
        });
        match allowed {
            None => {
                faults.push(incomplete(item.clause(), pointer, "outcome").with_words("item", item.words()));
            }
            Some(_) if LONGEST_DETAIL < entry.detail.chars().count() => {
                faults.push(incomplete(item.clause(), pointer, "detail").with_words("item", item.words()));
            }
            Some(Outcome::Failed) if item.can_block() && own_device == Some(true) => {
                let blocking = Violation::of_clause(item.clause(), Code::CheckBlocking, pointer);
                faults.push(blocking.variant(item.as_str()));
            }
            Some(_) => {}
        }
    }
    for item in Item::ALL.into_iter().filter(|it| !seen.contains(it)) {
        let pointer = format!("/checklist/{}", item.as_str());
        faults.push(incomplete(item.clause(), pointer, "unanswered").with_words("item", item.words()));
    }
    faults
}

/// The overall verdict on a complete checklist.
pub fn verdict(own_device: bool, entries: &[CheckEntry]) -> Verdict {
    let (mut blocking, mut left) = (Vec::new(), Vec::new());
    for entry in entries {
        let (Some(item), Some(outcome)) = (Item::parse(&entry.id), Outcome::parse(&entry.outcome)) else {
            continue;
        };
        if own_device && item.can_block() && outcome == Outcome::Failed {
            blocking.push(item);
        }
        if outcome.leaves_work() {
            left.push(item);
        }
    }
    match (blocking.is_empty(), left.is_empty()) {
        (false, _) => Verdict::Blocked(blocking),
        (true, false) => Verdict::ReadyWithPreparations(left),
        (true, true) => Verdict::Ready,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(change: &[(Item, Outcome)]) -> Vec<CheckEntry> {
        let outcome = |item| change.iter().find(|it| it.0 == item).map_or(Outcome::Attested, |it| it.1);
        let entry = |item: Item| CheckEntry {
            id: item.as_str().into(),
            outcome: outcome(item).as_str().into(),
            detail: String::new(),
        };
        Item::ALL.into_iter().map(entry).collect()
    }

    fn codes(own_device: bool, change: &[(Item, Outcome)]) -> Vec<&'static str> {
        judge(Some(own_device), &entries(change)).iter().map(|it| it.code.as_str()).collect()
    }

    #[test]
    fn article_10_every_item_takes_attested_and_every_item_is_asked() {
        assert_eq!(codes(true, &[]), [""; 0]);
        for at in 0..Item::ALL.len() {
            let mut left_out = entries(&[]);
            let item = left_out.remove(at).id;
            let found = judge(Some(true), &left_out);
            assert_eq!(found.len(), 1);
            assert_eq!(
                (found[0].code, found[0].pointer.as_str()),
                (Code::ChecklistIncomplete, format!("/checklist/{item}").as_str())
            );
        }
        assert_eq!(judge(None, &[]).len(), 14);
    }

    #[test]
    fn article_2_2_and_10_4_only_camera_and_an_ended_system_block_and_only_on_the_device_of_the_day() {
        for item in Item::ALL {
            let expected: &[&str] =
                if matches!(item, Item::Camera | Item::OsSupported) { &["check_blocking"] } else { &[] };
            assert_eq!(codes(true, &[(item, Outcome::Failed)]), expected, "{item:?}");
            assert_eq!(codes(false, &[(item, Outcome::Failed)]), [""; 0], "{item:?}");
            assert_eq!(codes(true, &[(item, Outcome::Unknown)]), [""; 0], "{item:?}");
        }
    }

    #[test]
    fn article_10_4_ready_by_the_day_everywhere_but_where_this_page_itself_is_meant() {
        for item in Item::ALL {
            let expected = !matches!(item, Item::SecureContext | Item::BrowserKind);
            assert_eq!(codes(true, &[(item, Outcome::ByTheDay)]).is_empty(), expected, "{item:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let with = |id: &str, outcome: &str| {
            let mut all = entries(&[]);
            all.push(CheckEntry { id: id.into(), outcome: outcome.into(), detail: String::new() });
            judge(Some(true), &all).iter().map(|it| it.pointer.clone()).collect::<Vec<_>>()
        };
        assert_eq!(with("toaster", "passed"), ["/checklist/13"]);
        assert_eq!(with("camera", "passed"), ["/checklist/13"]);
        let mut odd = entries(&[]);
        odd[2].outcome = "maybe".into();
        assert_eq!(judge(Some(true), &odd)[0].pointer, "/checklist/2");
    }

    #[test]
    fn article_10_the_overall_verdict() {
        assert_eq!(verdict(true, &entries(&[])), Verdict::Ready);
        let preparing = [
            (Item::AppReady, Outcome::ByTheDay),
            (Item::Network, Outcome::Failed),
            (Item::OsSupported, Outcome::Unknown),
        ];
        let left = vec![Item::Network, Item::AppReady, Item::OsSupported];
        assert_eq!(verdict(true, &entries(&preparing)), Verdict::ReadyWithPreparations(left));
        assert_eq!(
            verdict(true, &entries(&[(Item::Camera, Outcome::Failed)])),
            Verdict::Blocked(vec![Item::Camera])
        );
        assert_eq!(
            verdict(false, &entries(&[(Item::Camera, Outcome::Failed)])),
            Verdict::ReadyWithPreparations(vec![Item::Camera])
        );
    }
}
