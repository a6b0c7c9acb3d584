//! Sending the confirmed request. Key and exact bytes freeze together at the first sending; repeating it is safe.
//!
//! While the outcome is unknown nothing can be edited. No answer is tried again by itself; a refusal opens the step
//! that can mend it, with everything kept, and the next sending takes a new key.

use crate::browser::spawn;
use precheck_shared::api::{Accepted, Problem};
use precheck_shared::journey::Step;
use precheck_shared::time::format_instant;
use precheck_shared::violation::Code;
use precheck_shared::wire::Wire;

use crate::browser;
use crate::form::Sending;
use crate::js;
use crate::keep;
use crate::net::Answer;
use crate::state::{App, Delivery};
use crate::steps::check;
use crate::vault;

/// Freezes what was checked, and sends it.
pub(crate) fn confirm(app: App) {
    if app.delivery.get_now() != Delivery::Idle {
        return;
    }
    if check::judge_for_wishes(app) {
        app.go(Step::Check);
        app.show_violations(&app.judge(Step::Check));
        return;
    }
    let Some(key) = browser::uuid() else {
        app.alert.set(Some(app.t("send.no_random").to_owned()));
        return;
    };
    let entered_at = format_instant(browser::device_now());
    let language = app.texts().language();
    let body = app.form.peek(|form| form.body(language, entered_at));
    let body = body.to_json();
    app.form.update(|form| form.personal.sending = Some(Sending { key, body }));
    app.delivery.set(Delivery::Sending);
    spawn(async move {
        // On the device before it is on the line.
        keep::keep_waiting(app).await;
        deliver(app).await;
    });
}

/// After a reload: a request that was on its way goes on.
pub(crate) fn resume(app: App) {
    if app.form.peek(|form| form.personal.sending.is_some()) {
        app.go(Step::Review);
        spawn(deliver(app));
    }
}

/// Tries until there is an answer.
pub(crate) async fn deliver(app: App) {
    let mut attempt = 0;
    while let Some(sending) = app.form.peek(|form| form.personal.sending.clone()) {
        app.delivery.set(Delivery::Sending);
        app.say(app.t("send.sending"));
        match app.setup.server.submit(&sending.key, &sending.body).await {
            Answer::Good(accepted) => {
                vault::forget_waiting();
                delivered(app, accepted);
                return;
            }
            Answer::Refused(problem) => {
                vault::forget_waiting();
                app.waits_here.set(false);
                app.form.update(|form| form.personal.sending = None);
                app.delivery.set(Delivery::Idle);
                refused(app, *problem).await;
                return;
            }
            Answer::Missing(retry_after) => {
                app.delivery.set(Delivery::Waiting);
                app.say(app.t("send.waiting"));
                js::pause(pause_millis(attempt, retry_after)).await;
                attempt += 1;
            }
        }
    }
    app.delivery.set(Delivery::Idle);
}

/// Of what was entered, only the receipt's number and code stay.
#[inline(never)]
fn delivered(app: App, accepted: Accepted) {
    app.delivery.set(Delivery::Idle);
    app.show_receipt(accepted.reception_number, accepted.receipt_code);
    app.clear_form();
    app.moved.set(false);
    app.waits_here.set(false);
    app.go(Step::Receipt);
    app.say(app.t("send.received"));
}

async fn refused(app: App, problem: Problem) {
    if problem.code == Code::TermsChanged.as_str() {
        // The consent step asks for the version in force and shows what has changed.
        app.load_office(None).await;
    }
    app.take_refusal(&problem);
}

/// Full jitter: anything up to a limit that doubles, from 2 s to a minute; what the server asks for comes first.
fn pause_millis(attempt: u32, retry_after: Option<u32>) -> u32 {
    let limit = 2_000_u32.saturating_mul(1 << attempt.min(5)).min(60_000);
    let random = browser::random(2);
    let random = random.map_or(0.5, |it| it.into_iter().fold(0.0, |sum, it| (sum + f64::from(it)) / 256.0));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 60,000")]
    let jitter = (f64::from(limit) * random) as u32;
    retry_after.unwrap_or(0).saturating_mul(1_000).min(120_000) + jitter.max(500)
}
