//! What settings contradict themselves, the terms, or what people can do with them.
//!
//! One line per fault, which begins with the name of the setting, so that whoever reads the file can be told the line.

use super::{CutoffRule, Policy, Telephone, systems};

/// More seats than an office has officers, and more minutes of silence than a counselling has.
const MOST_SEATS: u16 = 1000;
const LONGEST_GRACE: u16 = 60;

/// Ten years: what is kept longer is kept for good.
const LONGEST_KEPT: u16 = 3660;

/// A figure that suppresses smaller ones would leave nothing.
const LARGEST_CELL: u32 = 1000;

impl Policy {
    /// What contradicts itself or the terms, or cannot work, one line per fault; empty when the policy can be used.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut hold = |holds: bool, fault: &str| {
            if !holds {
                faults.push(fault.to_owned());
            }
        };
        self.about_office(&mut hold);
        self.about_contact(&mut hold);
        self.about_app(&mut hold);
        self.about_booking(&mut hold);
        let seats = 1..=MOST_SEATS;
        hold(
            seats.contains(&self.seats.default),
            "seats.default is 1 to 1000; a day without counsellings is a closure",
        );
        hold(
            self.seats.by_date.iter().all(|it| it.1 <= MOST_SEATS),
            "seats.by_date: a day has 0 to 1000 seats",
        );
        hold(
            (1..=LONGEST_GRACE).contains(&self.cancellation.grace_minutes),
            "cancellation.grace_minutes is 1 to 60",
        );
        hold(0 < self.app.video_kbps, "app.video_kbps is 0");
        let records = &self.records;
        for (name, days) in [
            ("records.closed_request_days", records.closed_request_days),
            ("records.appointment_days", records.appointment_days),
            ("records.access_days", records.access_days),
        ] {
            hold((1..=LONGEST_KEPT).contains(&days), &[name, " is 1 to 3660 days"].concat());
        }
        hold(
            (1..=LARGEST_CELL).contains(&records.small_cell),
            "records.small_cell is 1 to 1000; a figure that counts fewer is suppressed",
        );
        hold((1..=30).contains(&records.clock_ahead_days), "records.clock_ahead_days is 1 to 30");
        hold((1..=1440).contains(&records.clock_behind_minutes), "records.clock_behind_minutes is 1 to 1440");
        hold((1..=60).contains(&self.desk.idle_minutes), "desk.idle_minutes is 1 to 60");
        faults.extend(self.checklist.line.faults().into_iter().map(|it| ["checklist.line: ", it].concat()));
        let systems = systems::faults(&self.checklist.systems).into_iter();
        faults.extend(systems.map(|it| ["checklist.systems: ", &it].concat()));
        faults
    }

    fn about_office(&self, hold: &mut impl FnMut(bool, &str)) {
        let office = &self.office;
        hold(!office.id.is_empty(), "office.id is empty");
        hold(!office.name.trim().is_empty(), "office.name is empty");
        hold(!office.short_name.trim().is_empty(), "office.short_name is empty");
        for (name, text) in [
            ("office.name", &office.name),
            ("office.short_name", &office.short_name),
            ("office.name_en", &office.name_en),
        ] {
            hold(is_plain(text), &[name, " is plain text, without markup"].concat());
        }
    }

    fn about_contact(&self, hold: &mut impl FnMut(bool, &str)) {
        let contact = &self.contact;
        hold(contact.opens < contact.closes, "contact.opens is before contact.closes");
        hold(
            contact.telephone.trim().is_empty() || Telephone::read(&contact.telephone).is_some(),
            "contact.telephone is a number such as 0134-00-0000; what is dialled after it stands behind it in brackets",
        );
        hold(
            contact.mail.is_empty() || is_mail(&contact.mail),
            "contact.mail is an address such as soudan@example.jp",
        );
        hold(
            contact.relay_url.is_empty() || is_https(&contact.relay_url),
            "contact.relay_url begins with https://",
        );
        for (name, text) in
            [("contact.address", &contact.address), ("contact.extra_channel", &contact.extra_channel)]
        {
            hold(!text.chars().any(|it| it.is_control() && it != '\n'), &[name, " is plain text"].concat());
        }
    }

    fn about_app(&self, hold: &mut impl FnMut(bool, &str)) {
        let app = &self.app;
        hold(!app.name.trim().is_empty(), "app.name is empty");
        for (name, url) in [
            ("app.terms_url", &app.terms_url),
            ("app.test_url", &app.test_url),
            ("app.download_url", &app.download_url),
        ] {
            hold(is_https(url), &[name, " is an address that begins with https://"].concat());
        }
        hold(
            is_host(&app.join_host),
            "app.join_host is a bare host in small letters such as zoom.us; every join link would be refused",
        );
        hold(
            0 < app.meeting_id_digits_min && app.meeting_id_digits_min <= app.meeting_id_digits_max,
            "app.meeting_id_digits_min is 1 or more and not above app.meeting_id_digits_max",
        );
    }

    fn about_booking(&self, hold: &mut impl FnMut(bool, &str)) {
        let booking = &self.booking;
        hold(0 < booking.length_minutes, "booking.length_minutes is 0");
        let grid = booking.grid_minutes;
        let divides = 0 < grid && 60_u16.is_multiple_of(grid) && booking.length_minutes.is_multiple_of(grid);
        hold(divides, "booking.grid_minutes divides 60 and booking.length_minutes");
        hold(!booking.windows.is_empty(), "booking.windows is empty");
        hold(
            booking.windows.iter().all(|it| it.from.minutes() + booking.length_minutes <= it.to.minutes()),
            "booking.windows: each holds at least one counselling",
        );
        hold(
            booking.windows.windows(2).all(|pair| pair[0].to <= pair[1].from),
            "booking.windows are in order and do not overlap",
        );
        hold(
            !divides || booking.windows.iter().all(|it| it.from.minutes().is_multiple_of(grid)),
            "booking.windows begin on booking.grid_minutes; nothing could be booked in one that does not",
        );
        let (opens, closes) = (self.contact.opens, self.contact.closes);
        hold(
            booking.windows.iter().all(|it| opens <= it.from && it.to <= closes),
            "booking.windows lie between contact.opens and contact.closes",
        );
        hold((1..=10).contains(&booking.wishes_max), "booking.wishes_max is 1 to 10");
        hold((1..=366).contains(&booking.days_ahead), "booking.days_ahead is 1 to 366");
        let cutoff = &booking.cutoff;
        if cutoff.rule == CutoffRule::BusinessDays {
            hold((1..=30).contains(&cutoff.business_days), "booking.cutoff.business_days is 1 to 30");
            // So many business days reach over so many days of the calendar at least.
            let reach = u16::from(cutoff.business_days) + 2 * u16::from(cutoff.business_days / 5);
            hold(
                30 < cutoff.business_days || reach <= booking.days_ahead,
                "booking.cutoff.business_days reaches beyond booking.days_ahead; no day could ever be booked",
            );
            hold(0 < cutoff.close.minutes(), "booking.cutoff.close is missing");
        }
    }
}

/// Whether a text is a mail address: one `@` between something and something, no blanks.
pub fn is_mail(text: &str) -> bool {
    let blank = text.contains(|it: char| it.is_whitespace() || it.is_control() || "<>\"(),;:".contains(it));
    let (name, host) = text.split_once('@').unwrap_or_default();
    !blank
        && !name.is_empty()
        && !host.is_empty()
        && !host.contains('@')
        && !host.starts_with('.')
        && !host.ends_with('.')
}

/// Whether a text is an address that a browser opens over https.
fn is_https(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.split_once(':').map_or(authority, |it| it.0);
    is_host(&host.to_ascii_lowercase())
        && rest.chars().all(|it| !it.is_whitespace() && !it.is_control() && !"<>\"\\".contains(it))
}

/// Whether a text is a name of a host, of several parts, in small letters.
fn is_host(text: &str) -> bool {
    let label = |it: &str| {
        let plain = it.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-');
        !it.is_empty() && plain && !it.starts_with('-') && !it.ends_with('-')
    };
    text.contains('.') && text.split('.').all(label)
}

fn is_plain(text: &str) -> bool {
    !text.chars().any(|it| it.is_control() || matches!(it, '<' | '>'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Window;
    use crate::policy::tests::otaru_policy;
    use crate::time::HourMinute;

    /// One setting changed, and how the one fault begins; nothing where it holds.
    #[track_caller]
    fn check(expected: &str, change: impl FnOnce(&mut Policy)) {
        let mut policy = otaru_policy();
        change(&mut policy);
        let faults = policy.faults();
        assert_eq!(faults.len(), usize::from(!expected.is_empty()), "{expected}: {faults:#?}");
        assert!(faults.iter().all(|it| it.starts_with(expected)), "{expected}: {faults:#?}");
    }

    fn at(text: &str) -> HourMinute {
        HourMinute::parse(text).unwrap()
    }

    #[test]
    fn numbers_that_cannot_work_are_told() {
        for seats in [0, 1001, 60_000] {
            check("seats.default ", |it| it.seats.default = seats);
        }
        check("", |it| it.seats.default = 1000);
        for grace in [0, 61, 600] {
            check("cancellation.grace_minutes ", |it| it.cancellation.grace_minutes = grace);
        }
        check("", |it| it.cancellation.grace_minutes = 60);
        for days in [0, 3661, 36_500] {
            check("records.closed_request_days ", |it| it.records.closed_request_days = days);
            check("records.appointment_days ", |it| it.records.appointment_days = days);
            check("records.access_days ", |it| it.records.access_days = days);
        }
        check("records.small_cell ", |it| it.records.small_cell = 0);
    }

    #[test]
    fn a_cutoff_beyond_the_days_ahead_is_told() {
        check("booking.cutoff.business_days ", |it| it.booking.cutoff.business_days = 30);
        check("booking.cutoff.business_days ", |it| it.booking.cutoff.business_days = 21);
        check("", |it| it.booking.cutoff.business_days = 20);
        check("booking.cutoff.business_days ", |it| {
            it.booking.days_ahead = 4;
            it.booking.cutoff.business_days = 5;
        });
        check("", |it| {
            it.booking.cutoff.rule = CutoffRule::CalendarDay;
            it.booking.cutoff.business_days = 30;
        });
    }

    #[test]
    fn windows_off_the_grid_or_outside_the_hours_are_told() {
        let windows = |from, to| {
            move |it: &mut Policy| it.booking.windows = vec![Window { from: at(from), to: at(to) }]
        };
        check("booking.windows begin ", windows("10:10", "12:00"));
        check("", windows("10:30", "12:10"));
        check("booking.windows lie ", windows("08:00", "12:00"));
        check("booking.windows lie ", windows("16:00", "18:00"));
        check("booking.windows: each ", windows("10:00", "10:20"));
    }

    #[test]
    fn addresses_that_nothing_can_open_are_told() {
        for url in [
            "javascript:alert(1)",
            "http://a.example/",
            "https://",
            "https://a b.example",
            "//a.example",
            "https://nftrs",
            "お問い合わせ",
        ] {
            check("contact.relay_url ", |it| it.contact.relay_url = url.to_owned());
            check("app.terms_url ", |it| it.app.terms_url = url.to_owned());
            check("app.test_url ", |it| it.app.test_url = url.to_owned());
            check("app.download_url ", |it| it.app.download_url = url.to_owned());
        }
        check("", |it| it.contact.relay_url.clear());
        check("app.terms_url ", |it| it.app.terms_url.clear());
        check("", |it| it.app.terms_url = "https://Zoom.com:443/ja?a=b#c".to_owned());
        for host in
            ["https://zoom.us", "ZOOM.us", "zoom.us/", ".zoom.us", "zoom.us.", "zoom", "", "zoom.us:443"]
        {
            check("app.join_host ", |it| it.app.join_host = host.to_owned());
        }
        for mail in ["office.example.jp", "a@", "@b.jp", "a@b@c", "a b@c.jp", "<a@b.jp>"] {
            check("contact.mail ", |it| it.contact.mail = mail.to_owned());
        }
        check("", |it| it.contact.mail = "soudan@example.jp".to_owned());
    }

    #[test]
    fn article_4_3_a_telephone_that_nobody_can_dial_is_told() {
        check("contact.telephone ", |it| it.contact.telephone = "お電話ください".to_owned());
        check("", |it| it.contact.telephone = "0134-32-8689（部門コード41#）".to_owned());
    }

    #[test]
    fn names_are_plain_text() {
        check("office.short_name ", |it| it.office.short_name = " ".to_owned());
        check("office.name ", |it| it.office.name = "<b>小樽</b>".to_owned());
        check("office.short_name ", |it| it.office.short_name = "小\n樽".to_owned());
        check("", |it| it.office.name_en = "Hello Work \"A & B\"".to_owned());
    }
}
