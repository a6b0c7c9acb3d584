//! The forms of all acts but arranging a time: which a state has, which fields each has, and what was entered in them.

use precheck_shared::booking::BookingState;
use precheck_shared::person::AttendantKind;
use precheck_shared::time::{HourMinute, day_of};

use super::acts::{ATTENDANTS, Kind, lines};
use super::confirm::officers;
use crate::desk::fields::Fields;
use crate::desk::page::{Fault, words_of_accepted};
use crate::desk::words::{fill, t, t2};
use crate::service::history::Whole;
use crate::service::reading::AttendantRecord;
use crate::service::staff::{Role, SignedIn};
use crate::service::told::ToldBy;
use crate::state::AppState;

/// What an officer sent, when it was refused.
#[derive(Default)]
pub(super) struct Entered {
    pub(super) kind: Option<Kind>,
    pub(super) fields: Fields,
    pub(super) faults: Vec<Fault>,
    /// Somebody else was faster.
    pub(super) stale: bool,
}

/// One of several values.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

impl Choice {
    pub(super) fn new(value: &str, label: &str, chosen: &str) -> Self {
        Self { value: value.to_owned(), label: label.to_owned(), chosen: value == chosen }
    }
}

/// A field.
pub(super) struct Field {
    /// `text`, `area`, `select`, `when`, `date`, `box`, `boxes`, `hidden`.
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) label: String,
    pub(super) hint: String,
    pub(super) value: String,
    pub(super) choices: Vec<Choice>,
    /// What is wrong with it.
    pub(super) fault: Option<String>,
}

/// The form of an act.
pub(super) struct Form {
    pub(super) act: &'static str,
    /// Unique on the page, also where an act has several forms.
    pub(super) id: String,
    pub(super) title: String,
    pub(super) hint: String,
    /// `main`, `danger`, or nothing.
    pub(super) weight: &'static str,
    pub(super) open: bool,
    pub(super) fields: Vec<Field>,
    /// Please-check findings, as boxes.
    pub(super) checks: Vec<Choice>,
}

/// Makes forms, each with what was entered in it.
pub(super) struct Forms<'a> {
    pub(super) app: &'a AppState,
    pub(super) who: &'a SignedIn,
    pub(super) whole: &'a Whole,
    pub(super) entered: &'a Entered,
}

impl Forms<'_> {
    /// What one press does: the talk has begun, word came in, it took place.
    pub(super) fn presses(&self) -> Vec<Form> {
        let Some(BookingState::Confirmed(confirmed)) = &self.whole.state else { return Vec::new() };
        let begun = confirmed.start <= self.app.clock.now();
        let mut all = Vec::new();
        if !confirmed.joined {
            all.push(self.form(Kind::Joined, "", Vec::new()));
        }
        if !confirmed.word_received {
            all.push(self.form(Kind::WordCame, "", Vec::new()));
        }
        if begun || confirmed.joined {
            all.push(self.form(Kind::Held, "main", Vec::new()));
        }
        all
    }

    /// What becomes of the request otherwise.
    pub(super) fn acts(&self) -> Vec<Form> {
        let note = || self.form(Kind::Note, "", vec![self.field(Kind::Note, "area", "reason", "")]);
        let because = |kind, weight| self.form(kind, weight, vec![self.field(kind, "area", "reason", "")]);
        let mut all = match &self.whole.state {
            Some(BookingState::Requested) => {
                vec![
                    because(Kind::Decline, "danger"),
                    self.form(Kind::Withdraw, "", self.word(Kind::Withdraw)),
                ]
            }
            Some(BookingState::Confirmed(_)) => {
                let chosen = self.whole.opened.booking.appointment.as_ref().and_then(|it| it.officer.clone());
                let mut officer = self.field(Kind::Assign, "select", "officer", &chosen.unwrap_or_default());
                officer.choices = officers(self.whole, &officer.value);
                vec![
                    self.form(Kind::Assign, "", vec![officer]),
                    self.cancel(),
                    because(Kind::CancelByOffice, "danger"),
                    because(Kind::Stop, "danger"),
                ]
            }
            Some(BookingState::DeemedCancelled { .. }) => {
                let affirmed = self.whole.opened.booking.affirmed.is_some();
                let affirm = (!affirmed).then(|| self.form(Kind::Affirm, "main", Vec::new()));
                let corrections = [
                    because(Kind::CorrectToHeld, ""),
                    self.cancel(),
                    because(Kind::CancelByOffice, "danger"),
                ];
                affirm.into_iter().chain(corrections).collect()
            }
            Some(_) => Vec::new(),
            None => return Vec::new(),
        };
        all.push(note());
        all
    }

    /// That she was told.
    pub(super) fn told(&self) -> Option<Form> {
        self.whole.opened.booking.duty.as_ref().filter(|_| self.whole.state.is_some())?;
        let mut channel = self.field(Kind::Notified, "select", "channel", ToldBy::Telephone.as_str());
        let choice =
            |it: ToldBy| Choice::new(it.as_str(), &t2("desk.request.channel.", it.as_str()), &channel.value);
        channel.choices = ToldBy::ALL.into_iter().map(choice).collect();
        Some(self.form(Kind::Notified, "main", vec![channel]))
    }

    /// Other requests of the same number, once one of them is arranged.
    pub(super) fn doubles(&self) -> Option<Form> {
        let arranged = matches!(self.whole.state, Some(BookingState::Confirmed(_) | BookingState::Held));
        let ticked: Vec<_> =
            self.values(Kind::Doubles).map(|it| it.all("double").collect()).unwrap_or_default();
        let choice = |it: &crate::store::desk::bookings::DeskBooking| {
            let value = format!("{}:{}", it.number.as_str(), it.version);
            let wishes: Vec<_> =
                it.wishes.iter().map(|it| crate::desk::words::dates().date_time(it.start)).collect();
            let label = fill(
                "desk.request.double",
                &[("number", &it.number.to_string()), ("wishes", &wishes.join("、"))],
            );
            Choice { chosen: ticked.contains(&value.as_str()), value, label }
        };
        let choices: Vec<_> = self.whole.doubles().map(choice).collect();
        if !arranged || choices.is_empty() {
            return None;
        }
        let mut boxes = self.field(Kind::Doubles, "boxes", "double", "");
        boxes.choices = choices;
        let fields = std::iter::once(boxes).chain(self.word(Kind::Doubles)).collect();
        Some(self.form(Kind::Doubles, "", fields))
    }

    /// The person and her receipt.
    pub(super) fn person(&self) -> Vec<Form> {
        let stored = &self.whole.opened.person;
        if stored.is_nothing() {
            return Vec::new();
        }
        // What cannot be read is entered anew.
        let person = self.whole.person();
        let kind = Kind::Person;
        let mut all = Vec::new();
        if !self.whole.opened.booking.identity_checked {
            all.push(self.form(Kind::Identity, "", Vec::new()));
        }
        all.push(self.form(
            kind,
            "",
            vec![
                self.field(kind, "text", "name", &person.name),
                self.field(kind, "text", "birth_date", &person.birth_date),
                self.field(kind, "text", "job_seeker_number", &person.job_seeker_number),
                self.field(kind, "text", "reason", ""),
            ],
        ));
        if !stored.is_damaged() {
            all.push(self.form(Kind::Attendants, "", self.attendants(&person.attendants)));
        }
        let receipt = Kind::Receipt;
        let checked = self.field(receipt, "box", "checked", "");
        all.push(self.form(receipt, "", vec![checked, self.field(receipt, "text", "reason", "")]));
        all
    }

    /// What a manager does.
    pub(super) fn managers(&self) -> Vec<Form> {
        if self.who.role < Role::Manager || self.whole.opened.person.is_nothing() {
            return Vec::new();
        }
        let today = day_of(self.app.clock.now());
        let is_held = self.whole.opened.booking.legal_hold;
        let (suspend, hold) = (Kind::Suspend, if is_held { Kind::LegalHoldEnd } else { Kind::LegalHold });
        let mut kind = self.field(suspend, "select", "kind", "conduct");
        kind.choices = ["conduct", "silence"]
            .map(|it| Choice::new(it, &t2("desk.request.suspension.", it), &kind.value))
            .into();
        let reason = self.field(suspend, "area", "reason", "");
        let mut all =
            vec![self.form(suspend, "danger", vec![kind, reason, self.field(suspend, "date", "ends", "")])];
        for it in self.whole.suspensions.iter().filter(|it| it.stored.is_in_force(today)) {
            for kind in [Kind::Lift, Kind::Review] {
                let own = it.stored.id.to_string();
                let mine = self.values(kind).is_none_or(|it| it.get("suspension") == own);
                let mut fields =
                    vec![Field { value: own.clone(), ..self.field(kind, "hidden", "suspension", &own) }];
                if kind == Kind::Lift {
                    let reason = self.field(kind, "area", "reason", "");
                    let id = format!("{}-{own}", reason.id);
                    let value = if mine { reason.value.clone() } else { String::new() };
                    let fault = self.entered.faults.iter().find(|it| it.field == id);
                    let fault = fault.map(|it| it.words.clone());
                    fields.push(Field { id, value, fault, ..reason });
                }
                let form = self.form(kind, "", fields);
                all.push(Form { id: format!("{}-{own}", form.id), open: form.open && mine, ..form });
            }
        }
        all.push(self.form(hold, "", vec![self.field(hold, "area", "reason", "")]));
        all
    }

    fn cancel(&self) -> Form {
        let mut fields = self.word(Kind::Cancel);
        fields.push(self.field(Kind::Cancel, "area", "reason", ""));
        self.form(Kind::Cancel, "danger", fields)
    }

    /// How and when word came in.
    fn word(&self, kind: Kind) -> Vec<Field> {
        let now = self.app.clock.now();
        let mut channel = self.field(kind, "select", "channel", "telephone");
        channel.choices = ["telephone", "mail"]
            .map(|it| Choice::new(it, &t2("desk.request.channel.", it), &channel.value))
            .into();
        let now = format!("{}T{}", day_of(now), HourMinute::of(now));
        vec![channel, self.field(kind, "when", "word_at", &now)]
    }

    fn attendants(&self, stored: &[AttendantRecord]) -> Vec<Field> {
        let kind = Kind::Attendants;
        let row = |it: &AttendantRecord| {
            [it.kind.clone(), it.language.clone(), it.count.to_string(), it.note.clone()]
        };
        let entered = self.values(kind).map(lines);
        let rows: Vec<[String; 4]> = entered.map_or_else(
            || stored.iter().map(row).collect(),
            |it| it.into_iter().map(|it| it.map(str::to_owned)).collect(),
        );
        // As many as there are, and one more.
        let mut fields = Vec::new();
        for at in 0..ATTENDANTS.min(rows.len() + 1) {
            let row = rows.get(at).cloned().unwrap_or_default();
            for ((name, value), shape) in ["kind", "language", "count", "note"]
                .into_iter()
                .zip(row)
                .zip(["select", "text", "text", "text"])
            {
                let own = format!("{at}-{name}");
                let mut field = self.field(kind, shape, &own, "");
                let n = (at + 1).to_string();
                field.label =
                    fill("desk.request.attendant", &[("n", &n), ("what", t(&format!("attendants.{name}")))]);
                field.value = value;
                if name == "kind" {
                    let none = Choice::new("", t("attendants.no"), &field.value);
                    let kinds = AttendantKind::ALL
                        .map(|it| Choice::new(it.as_str(), &t2("attendants.", it.as_str()), &field.value));
                    field.choices = std::iter::once(none).chain(kinds).collect();
                }
                fields.push(field);
            }
        }
        fields
    }

    /// What was entered in the form of an act, when that was refused.
    fn values(&self, kind: Kind) -> Option<&Fields> {
        (self.entered.kind == Some(kind)).then_some(&self.entered.fields)
    }

    fn form(&self, kind: Kind, weight: &'static str, fields: Vec<Field>) -> Form {
        let tried = self.values(kind).is_some();
        let act = kind.as_str();
        Form {
            act,
            id: format!("act-{act}"),
            title: t2("desk.request.act.", act),
            hint: optional("desk.request.hint.", act),
            weight,
            open: tried,
            fields,
            checks: if tried { checks(self.entered) } else { Vec::new() },
        }
    }

    fn field(&self, kind: Kind, shape: &'static str, name: &str, value: &str) -> Field {
        let id = format!("{}-{name}", kind.as_str());
        let entered = self.values(kind).map(|it| it.get(name).to_owned());
        let fault = self
            .values(kind)
            .and_then(|_| self.entered.faults.iter().find(|it| it.field == id).map(|it| it.words.clone()));
        let words = |family: &str| {
            let own = optional(family, &format!("{}.{name}", kind.as_str()));
            if own.is_empty() { optional(family, &format!("any.{name}")) } else { own }
        };
        Field {
            kind: shape,
            name: name.to_owned(),
            label: words("desk.request.field."),
            hint: words("desk.request.field_hint."),
            value: entered.unwrap_or_else(|| value.to_owned()),
            choices: Vec::new(),
            fault,
            id,
        }
    }
}

/// Please-check findings that are open, and those that were seen before.
pub(super) fn checks(entered: &Entered) -> Vec<Choice> {
    let before = entered.fields.all("accepted").filter_map(precheck_shared::violation::Code::parse);
    let before = before.filter_map(|it| {
        let label = words_of_accepted(it)?;
        Some(Choice { value: it.as_str().to_owned(), label, chosen: true })
    });
    let open = entered.faults.iter().filter_map(|it| {
        Some(Choice { value: it.check?.to_owned(), label: it.words.clone(), chosen: false })
    });
    before.chain(open).collect()
}

/// The words at a key that is put together; nothing where there are none.
fn optional(family: &str, name: &str) -> String {
    let key = [family, name].concat();
    let words = t(&key);
    if words == key { String::new() } else { words.to_owned() }
}
