//! Article 10(4): whether the system still gets security updates on the day wished, as far as a page can see.
//!
//! Detection pre-fills, the person decides; what cannot be told is said so, with how to look it up.

use precheck_shared::checklist::system::{Judged, Support, judge};
use precheck_shared::checklist::{Item, Outcome};
use precheck_shared::time::{day_of, parse_instant};

use crate::state::App;
use crate::ui::{View, dynamic, group, nothing, notice};

/// By today's knowledge of this system, on the day of the latest wish, or today while there is none.
fn judged(app: App) -> Option<Judged> {
    let office = app.office.get_now()?;
    let latest = app.form.peek(|it| it.personal.wishes.iter().filter_map(|it| parse_instant(it)).max());
    let day = day_of(latest.unwrap_or_else(|| app.now()));
    Some(app.device.peek(|it| judge(&office.policy.checklist, it.seen(), day)))
}

/// Pre-fills the answer where the system is known to be supported.
pub(super) fn detect(app: App) {
    let Some(judged) = judged(app) else { return };
    judge_for_wishes(app);
    app.form.update(|form| {
        if form.plain.own_device == Some(false) {
            return;
        }
        form.set_detail(Item::OsSupported, &judged.name);
        if form.check(Item::OsSupported).is_none() && judged.support == Support::Supported {
            form.set_check(Item::OsSupported, Outcome::Passed);
        }
    });
}

/// What was seen of the system.
pub(super) fn seen(app: App) -> View {
    dynamic(move || {
        let Some(judged) = judged(app) else { return nothing() };
        let ends = judged.ends.map_or_else(String::new, |it| app.texts().date(it));
        let values = [("detail", judged.name.as_str()), ("date", &ends)];
        match judged.support {
            Support::Supported => nothing(),
            Support::ProbablyEnded => notice("warn", &app.fill("check.os_supported.ended", &values))
                .with(app.para("check.os_supported.ended.do")),
            Support::CannotTell => group("").with(super::seen(app, &judged.name)).with(app.words(
                "p",
                "oc-hint",
                "check.os_supported.unseen",
            )),
        }
    })
}

/// Judged again at the check of answers, for the latest wish: what the program found good for an earlier day is asked anew when
/// it will not hold. True when that is so.
pub(crate) fn judge_for_wishes(app: App) -> bool {
    let found = app.form.peek(|it| it.check(Item::OsSupported)) == Some(Outcome::Passed);
    let holds = judged(app).is_none_or(|it| it.support == Support::Supported);
    if found && !holds {
        app.form.update(|it| it.clear_check(Item::OsSupported));
    }
    found && !holds
}
